/** A report as one picture, to be shown to others. Drawn without a browser. */
import { decisiveRows, decisiveScenario } from '../analysis/answer.js';
import { metersOf } from '../analysis/meters.js';
import { count, shareText } from '../base/text.js';
import { type Card, cardSvg } from '../charts/card.js';
import { rasterize } from '../charts/render.js';
import type { ProfileReport } from '../formats/report/report.js';
import { deviceText, lengthText, VERDICT_SIGNS, verdictWord, whenText } from '../formats/report/report-words.js';
import { FONTS } from './fonts.js';

const TONES = { pass: 'pass', fail: 'late', inconclusive: 'warn', none: 'dim' } as const;
/** Pixels for each point: sharp on fine screens. */
const SCALE = 2;

/** The card as SVG and as PNG, twice as many pixels a side. @param run its name */
export function reportCard(report: ProfileReport, run: string): { readonly svg: string; readonly png: Uint8Array } {
  const svg = cardSvg(cardOf(report, run));
  return { svg, png: rasterize(svg, FONTS, SCALE) };
}

function cardOf(report: ProfileReport, run: string): Card {
  const scenario = decisiveScenario(report);
  const rows = decisiveRows(report);
  const released = rows.reduce((sum, r) => sum + r.released, 0);
  return {
    title: report.pipeline,
    subtitle: [run, deviceText(report), whenText(report.created), ...(scenario ? [lengthText(scenario)] : [])].join(
      ' · ',
    ),
    verdict: `${VERDICT_SIGNS[report.verdict]}  ${verdictWord(report)}`,
    tone: TONES[report.verdict],
    headline: report.answer?.headline ?? verdictWord(report),
    reasons: report.answer?.reasons ?? [],
    meters: (scenario ? metersOf(scenario) : []).map((m) => ({
      label: m.label,
      asked: m.asked,
      text: `${shareText(m.asked)} ${m.others === undefined ? m.state : `+ others ${shareText(m.others)}`}`,
      over: m.state === 'too much',
      parts: m.parts.length > 0 ? m.parts.map((p) => p.share) : [m.asked],
    })),
    rows,
    about: `${report.scenarios.length > 1 && scenario ? `${scenario.name}: ` : ''}all ${count(released)} releases; what was dropped counts`,
  };
}
