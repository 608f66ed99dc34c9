/** Findings, system, engines, device, files, how to reproduce. */

import { bytes, withUnit } from '../../base/text.js';
import type { Finding, ProfileReport, ScenarioReport } from '../../formats/report/report.js';
import type { PageEngine, ReportPage } from '../../formats/report/report-page.js';
import { strings } from './strings.js';

const { sections } = strings;

/** Told elsewhere on the page: misses by cause, what is asked of engines by the meters. */
const ELSEWHERE = new Set(['misses']);

/** Findings as a list; those that advise the same stand together. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const groups = new Map<string, Finding[]>();
  for (const f of findings.filter(({ id }) => !ELSEWHERE.has(id))) {
    const key = `${f.id} ${f.advice}`;
    groups.set(key, [...(groups.get(key) ?? []), f]);
  }
  return (
    <section>
      <h2>{sections.findings}</h2>
      {groups.size === 0 ? <p class="calm">{strings.noFindings}</p> : null}
      <ul class="findings">
        {[...groups].map(([key, [first, ...more]]) => (
          <li key={key} class={`finding ${first.severity}`}>
            {[first, ...more].map((f) => (
              <p key={f.message}>{f.message}</p>
            ))}
            <p class="sub">{first.advice}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What lies beside the page in the run directory. */
export function Files({ files }: { files: readonly string[] }) {
  const words: Readonly<Record<string, string>> = strings.files;
  return (
    <section>
      <h2>{sections.files}</h2>
      <ul class="files">
        {files.map((name) => (
          <li key={name}>
            <a href={encodeURIComponent(name)} download>
              {name}
            </a>{' '}
            <span class="sub">{words[name] ?? strings.files.graph}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Series over the measured window. */
export function SystemTable({ scenario }: { scenario: ScenarioReport }) {
  if (scenario.system.length === 0) return null;
  return (
    <details>
      <summary>
        {sections.system}: {scenario.system.length}
      </summary>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col" class="left">
                {strings.system.series}
              </th>
              <th scope="col">{strings.system.min}</th>
              <th scope="col">{strings.system.mean}</th>
              <th scope="col">{strings.system.max}</th>
              <th scope="col">{strings.system.source}</th>
            </tr>
          </thead>
          <tbody>
            {scenario.system.map((s) => (
              <tr key={s.series}>
                <th scope="row" class="left">
                  {s.series}
                </th>
                <td>{withUnit(s.min, s.unit)}</td>
                <td>{withUnit(s.mean, s.unit)}</td>
                <td>{withUnit(s.max, s.unit)}</td>
                <td>{s.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Engines of the run. */
export function Engines({ page }: { page: ReportPage }) {
  if (page.engines.length === 0) return null;
  return (
    <section>
      <h2>{sections.engines}</h2>
      <ul class="engines">
        {page.engines.map((e) => (
          <EngineItem key={`${e.model} ${e.accelerator}`} engine={e} report={page.report} />
        ))}
      </ul>
    </section>
  );
}

function EngineItem({ engine, report }: { engine: PageEngine; report: ProfileReport }) {
  const built = report.engines.find((e) => e.model === engine.model && e.sha256 === engine.sha256);
  return (
    <li>
      <p>
        <b>{engine.model}</b> {engine.backend} {built?.backend_version ?? ''} · {engine.accelerator}
        {built ? ` · ${built.precision} · ${bytes(built.bytes)}` : ''}
        {engine.layers === undefined ? '' : ` · ${strings.engine.layers(engine.layers)}`}
        {engine.page ? (
          <>
            {' · '}
            <a href={engine.page}>{strings.engine.page}</a>
          </>
        ) : null}
      </p>
      {engine.findings?.map((f) => (
        <p key={f.message} class={`finding ${f.severity}`}>
          {f.message}
        </p>
      ))}
    </li>
  );
}

/** The device of the run. */
export function Device({ report: { device } }: { report: ProfileReport }) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['device', device.model ?? device.hostname],
    ['CPU', `${device.cpus} × ${device.cpu ?? device.arch}`],
    ['GPU', device.gpu.join(', ') || undefined],
    ['GPU clock', device.gpu_clock_max_mhz === undefined ? undefined : `up to ${device.gpu_clock_max_mhz} MHz`],
    ['memory', bytes(device.memory)],
    ['system', `${device.os}, ${device.kernel}, ${device.arch}`],
    ['power mode', device.power_mode],
    ['clocks', device.clocks_locked === undefined ? undefined : device.clocks_locked ? 'locked' : 'not locked'],
    ...Object.entries(device.versions),
  ];
  return <FactList title={sections.device} facts={facts} />;
}

/** How to do it again. */
export function Reproduce({ page: { reproduce: r, engines } }: { page: ReportPage }) {
  const { reproduce: words } = strings;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [words.run, r.run],
    [words.command, r.command],
    [words.pipeline, r.pipelineSha256],
    ...r.seeds.map((s) => [words.seed(s.scenario), String(s.seed)] as const),
    ...engines.flatMap((e) => [
      [words.model(e.model), e.modelSha256] as const,
      [words.engine(`${e.model} (${e.accelerator})`), e.sha256] as const,
    ]),
  ];
  return <FactList title={sections.reproduce} facts={facts} />;
}

function FactList({ title, facts }: { title: string; facts: readonly (readonly [string, string | undefined])[] }) {
  return (
    <section>
      <h2>{title}</h2>
      <dl class="facts">
        {facts.map(([name, text]) =>
          text === undefined || text === '' ? null : (
            <>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </>
          ),
        )}
      </dl>
    </section>
  );
}
