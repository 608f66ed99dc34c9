/** The forms in which a report can be asked for. */

import type { ProfileReport } from '../formats/report/report.js';
import { CARD_FILE } from '../formats/report/report-words.js';
import { reportCsv } from './csv.js';
import { reportJunit } from './junit.js';
import { reportMarkdown } from './markdown.js';

/** Forms in which a report can be printed. */
export const REPORT_FORMATS = ['json', 'markdown', 'junit', 'csv'] as const;
/** One of them. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const WRITERS: Readonly<Record<ReportFormat, (report: ProfileReport) => string>> = {
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  markdown: (report) => reportMarkdown(report, { picture: CARD_FILE }),
  junit: reportJunit,
  csv: reportCsv,
};

/** The report in a form. */
export const writeReport = (report: ProfileReport, format: ReportFormat): string => WRITERS[format](report);
