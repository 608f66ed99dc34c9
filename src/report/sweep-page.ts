/** The page of a sweep: one file with its picture and every point, no script, no request to anywhere. */
import { escapeXml } from '../base/text.js';

/** What the page shows. */
export interface SweepPage {
  /** What was changed. */
  readonly title: string;
  /** Where it stops to hold, in a sentence. */
  readonly answer: string;
  /** How the points came about. */
  readonly how: string;
  /** An SVG document. */
  readonly figure: string;
  readonly head: readonly string[];
  readonly rows: readonly SweepPageRow[];
}

/** A point of a sweep. */
export interface SweepPageRow {
  readonly cells: readonly string[];
  readonly holds: boolean;
}

const STYLE = `
:root { color-scheme: light dark; --page: #fbfbfc; --text: #16191f; --dim: #566070; --line: #e1e4e9; --good: #1a7f4b; --bad: #c8321f; --soft: #fdf0ee; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0c0f15; --text: #e9edf4; --dim: #a2acbb; --line: #262d3a; --good: #4fcb8d; --bad: #ff7b66; --soft: #2a1614; }
}
body { margin: 0 auto; max-width: 1080px; padding: 28px 20px 60px; background: var(--page); color: var(--text); font: 15px/1.5 Inter, system-ui, sans-serif; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: 6px 0 0; color: var(--dim); }
p.answer { font-size: 18px; color: var(--text); }
figure { margin: 22px 0; padding: 8px; background: #fff; border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; }
figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 8px; color: var(--dim); }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th { font-weight: 600; border-bottom-width: 2px; }
tr.holds .state { color: var(--good); }
tr.fails .state { color: var(--bad); }
tr.fails { background: var(--soft); }
@media print { body { max-width: none; padding: 0; } tr { break-inside: avoid; } }
`;

const cellsOf = (cells: readonly string[], state: number): string =>
  cells.map((c, i) => `<td${i === state ? ' class="state"' : ''}>${escapeXml(c)}</td>`).join('');

/** @param state column of the head that says whether a point holds */
export const sweepHtml = (
  { title, answer, how, figure, head, rows }: SweepPage,
  state: number,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${escapeXml(title)} · infersight sweep</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
<p class="answer">${escapeXml(answer)}</p>
<p>${escapeXml(how)}</p>
<figure>${figure}</figure>
<div class="scroll">
<table>
<caption>The worst task at every point</caption>
<thead><tr>${head.map((h) => `<th scope="col">${escapeXml(h)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((r) => `<tr class="${r.holds ? 'holds' : 'fails'}">${cellsOf(r.cells, state)}</tr>`).join('\n')}
</tbody>
</table>
</div>
</body>
</html>
`;
