/** One pipeline on several devices: verdict, p99 and misses of every task beside each other. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { msShort, shareText } from '../base/text.js';
import { VERDICT_SIGNS, verdictWord } from '../formats/report/report-words.js';
import type { RunOutcome } from '../orchestrators/outcome.js';

/** A device and what became of the run there. */
export interface DeviceColumn {
  readonly name: string;
  readonly folder: string;
  readonly outcome: RunOutcome | undefined;
}

/** A column for each device, a row for each task. */
export function deviceTable(columns: readonly DeviceColumn[]): string {
  const reports = columns.map((c) => c.outcome?.report);
  const rows = [
    ...new Set(reports.flatMap((r) => r?.scenarios.flatMap((s) => s.tasks.map((t) => `${s.name}/${t.name}`)) ?? [])),
  ];
  const table = new Table({
    head: ['', ...columns.map((c) => c.name)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...columns.map(() => 'right' as const)],
  });
  table.push(['', ...reports.map((r) => (r ? `${VERDICT_SIGNS[r.verdict]} ${verdictWord(r)}` : pc.red('no report')))]);
  for (const row of rows)
    table.push([
      row,
      ...reports.map((report) => {
        const task = report?.scenarios
          .flatMap((s) => s.tasks.map((t) => ({ key: `${s.name}/${t.name}`, t })))
          .findLast(({ key }) => key === row)?.t;
        if (!task) return '-';
        const p99 = task.effective_response_ms?.p99 ?? task.response_ms.p99;
        const text = p99 === undefined ? '-' : p99 === 'inf' ? 'never' : msShort(p99);
        return `p99 ${text}${task.miss_ratio ? `, ${pc.red(`${shareText(task.miss_ratio)} missed`)}` : ''}`;
      }),
    ]);
  return `${table.toString()}\n${columns.map((c) => `${c.name}: ${c.folder}`).join('\n')}`;
}
