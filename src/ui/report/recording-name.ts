/** What a recording is called: its scenario, with its number where there are several, and its part. */
import type { PageRecording, ReportPage } from '../../formats/report/report-page.js';
import { strings } from './strings.js';

/** `street`, `park #2`, `park #2, part 1` */
export const scenarioTitle = (data: ReportPage, { scenario, repetition, part }: PageRecording): string =>
  strings.repetition(
    scenario,
    repetition,
    new Set(data.recordings.filter((o) => o.scenario === scenario).map((o) => o.repetition)).size,
    part,
  );
