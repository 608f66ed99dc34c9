/** A page in one file: script, style and data inside, no request to anywhere. */
import { escapeXml } from '../base/text.js';

/** What goes into a page. */
export interface PageParts {
  readonly title: string;
  readonly script: string;
  readonly style: string;
  /** gzip of JSON, base64. */
  readonly data: string;
  /** More of it, by id. */
  readonly parts?: readonly { readonly id: string; readonly data: string }[];
}

/** `</script` inside a script would end it. */
const inline = (code: string): string => code.replace(/<\/(script|style)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');

/** The policy allows nothing from outside: the page works from disk and tells nobody. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";

/** One file that asks nothing of the network. */
export const pageHtml = ({ title, script, style, data, parts = [] }: PageParts): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${inline(style)}</style>
</head>
<body>
<div id="app"><noscript>This page needs JavaScript; nothing is loaded from the network.</noscript></div>
<script id="data" type="application/gzip">${data}</script>
<script>${inline(script)}</script>
${parts.map((p) => `<script id="${p.id}" type="application/gzip">${p.data}</script>`).join('\n')}
</body>
</html>
`;
