/** Every task: its figures, how its responses are spread, where the time goes, what was missed. */

import { useMemo } from 'preact/hooks';
import { count, msShort, msText, percent, shareText } from '../../base/text.js';
import type { ScenarioReport, TaskReport } from '../../formats/report/report.js';
import { DataTable } from '../data-table.js';
import { told } from '../ticks.js';
import { useWidth } from '../use-width.js';
import { OverTime, ResponseChart } from './response-chart.js';
import type { Loaded } from './state.js';
import { taskStats } from './stats.js';
import { strings } from './strings.js';

const dropped = (t: TaskReport): number => Object.values(t.dropped).reduce((a, b) => a + b, 0) - failed(t);

const failed = (t: TaskReport): number => t.dropped.failed ?? 0;

/** Of all releases, where a task is released whatever it does: what was never done took forever. */
function ofAll({ effective_response_ms: all, response_ms: done }: TaskReport, name: 'p50' | 'p99'): string {
  const value = all ? all[name] : done[name];
  return value === 'inf' ? strings.never : told(value, msText);
}

/** Tasks as a table, the worst first. */
export function TasksTable({ scenario }: { scenario: ScenarioReport }) {
  const { failed: failedWord, ...c } = strings.taskColumns;
  const fails = scenario.tasks.some((t) => failed(t) > 0);
  const tasks = scenario.tasks.toSorted((a, b) => (b.miss_ratio ?? 0) - (a.miss_ratio ?? 0));
  return (
    <>
      <DataTable columns={[...Object.values(c), ...(fails ? [failedWord] : [])]}>
        {tasks.map((t) => (
          <tr key={t.name}>
            <th scope="row" class="left">
              <bdi>{t.name}</bdi>
            </th>
            <td>{told(t.rate_hz, (v) => `${Math.round(v * 1000) / 1000} Hz`)}</td>
            <td>{told(t.deadline_ms, msShort)}</td>
            <td class={t.miss_ratio ? 'worse' : ''}>{told(t.miss_ratio, shareText)}</td>
            <td>{ofAll(t, 'p50')}</td>
            <td>{ofAll(t, 'p99')}</td>
            <td>{told(t.response_ms.max, msText)}</td>
            <td>{told(t.utilisation, percent)}</td>
            <td>
              {count(t.completed)} of {count(t.released)}
            </td>
            <td class={t.late > 0 ? 'worse' : ''}>{count(t.late)}</td>
            <td class={dropped(t) > 0 ? 'worse' : ''}>{count(dropped(t))}</td>
            {fails ? <td class={failed(t) > 0 ? 'worse' : ''}>{count(failed(t))}</td> : null}
          </tr>
        ))}
      </DataTable>
      {scenario.tasks.some((t) => t.completed < t.released) ? <p class="sub">{strings.p99All}</p> : null}
    </>
  );
}

/** Tasks with their charts. */
export function TaskCards({ scenario, loaded }: { scenario: ScenarioReport; loaded: Loaded | undefined }) {
  return (
    <div class="tasks">
      {scenario.tasks.map((task, i) => (
        <TaskCard key={task.name} task={task} index={i} loaded={loaded} />
      ))}
    </div>
  );
}

/** Of a chart, px. */
const WIDEST = 560;

function TaskCard({ task, index, loaded }: { task: TaskReport; index: number; loaded: Loaded | undefined }) {
  const stats = useMemo(() => (loaded ? taskStats(loaded.jobs, loaded.recording, index) : undefined), [loaded, index]);
  const { ref, width: room } = useWidth<HTMLElement>();
  const width = Math.max(240, Math.min(WIDEST, room));
  return (
    <section ref={ref} class="task" id={`task-${task.name}`}>
      <h3>
        {task.name} {task.model === task.name ? null : <span class="sub">{task.model}</span>}
      </h3>
      {task.problem ? <p class="finding error">{task.problem.message}</p> : null}
      {stats ? <ResponseChart task={task} stats={stats} width={width} /> : null}
      {stats ? <OverTime stats={stats} deadline={task.deadline_ms} width={width} /> : null}
      <Breakdown task={task} />
      <Misses task={task} />
    </section>
  );
}

type Part = keyof typeof strings.parts;

/** Means of what follows each other in the service of a job, as far as its backend tells. */
function servicePartsOf(task: TaskReport, service: number): Partial<Record<Part, number>> {
  const mean = (of: { mean?: number | undefined } | undefined): number => of?.mean ?? 0;
  if (task.compute_ms) {
    const known = {
      begin: mean(task.device_begin_ms),
      copyIn: mean(task.copy_in_ms),
      compute: mean(task.compute_ms),
      copyOut: mean(task.copy_out_ms),
    };
    const sum = Object.values(known).reduce((x, y) => x + y, 0);
    return { ...known, rest: Math.max(0, service - sum) };
  }
  // Where calls block, the submit ends with the service and tells nothing.
  const enqueue = mean(task.enqueue_ms) < service * 0.98 ? mean(task.enqueue_ms) : 0;
  const device = Math.min(mean(task.device_ms), Math.max(0, service - enqueue));
  return { enqueue, device, rest: Math.max(0, service - enqueue - device) };
}

/** Queue wait, then the service in its parts. */
function Breakdown({ task }: { task: TaskReport }) {
  const wait = task.queue_wait_ms.mean;
  const service = task.service_ms.mean;
  if (wait === undefined || service === undefined) return null;
  const parts: Partial<Record<Part, number>> = { wait, ...servicePartsOf(task, service) };
  const whole = wait + service;
  return (
    <figure>
      <figcaption>{strings.whereTime}</figcaption>
      <div
        class="stack"
        role="img"
        aria-label={Object.entries(parts)
          .map(([k, v]) => `${strings.parts[k as Part]} ${msText(v)}`)
          .join(', ')}
      >
        {Object.entries(parts).map(([k, v]) =>
          v > 0 ? <span key={k} class={k} style={{ width: `${(v / whole) * 100}%` }} /> : null,
        )}
      </div>
      <ul class="legend">
        {Object.entries(parts).flatMap(([k, v]) =>
          v > 0
            ? [
                <li key={k}>
                  <i class={k} />
                  {strings.parts[k as Part]} {msText(v)}
                </li>,
              ]
            : [],
        )}
      </ul>
    </figure>
  );
}

function Misses({ task }: { task: TaskReport }) {
  const causes = [
    ...(task.late > 0 ? [[strings.late, task.late] as const] : []),
    ...Object.entries(task.dropped).map(
      ([reason, n]) => [strings.outcomes[reason as keyof typeof strings.outcomes] ?? reason, n] as const,
    ),
    ...(task.in_flight > 0 ? [[strings.inFlight, task.in_flight] as const] : []),
  ];
  return (
    <p>
      {strings.misses}:{' '}
      {causes.length === 0 ? strings.noMisses : causes.map(([cause, n]) => `${cause} ${n}`).join(', ')}
    </p>
  );
}
