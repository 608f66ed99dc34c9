/** The report page of a run. */
import { render } from 'preact';
import { count } from '../../base/text.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { readPayload } from '../payload.js';
import { followTheme, isFramed, printLight, switchTheme } from '../theme.js';
import { Chains, Iterations } from './chains.js';
import { Interference } from './interference.js';
import { JobPanel } from './job-panel.js';
import { Device, Engines, Findings, Reproduce, Requirements, SystemTable, Verdict } from './sections.js';
import { chooseRecording, chosenRecording, current, load, page } from './state.js';
import { strings } from './strings.js';
import { TaskCards, TasksTable } from './tasks-section.js';
import { Timeline } from './timeline-view.js';
import '../base.css';
import './style.css';

function App() {
  const data = page.value;
  if (!data) return null;
  const { report } = data;
  return (
    <>
      {isFramed() ? null : <Header report={report} />}
      <main class="overview">
        <Verdict page={data} />
        <Requirements report={report} />
        <Recording data={data} />
        <Engines page={data} />
        <div class="columns">
          <Device report={report} />
          <Reproduce page={data} />
        </div>
      </main>
    </>
  );
}

function Header({ report }: { report: ReportPage['report'] }) {
  return (
    <header>
      <div class="titles">
        <h1>{report.pipeline}</h1>
        <p>{strings.written(report.tool.version, report.created)}</p>
      </div>
      <button type="button" class="theme" onClick={switchTheme} title={strings.theme} aria-label={strings.theme}>
        ◐
      </button>
    </header>
  );
}

/** One recording of one scenario; the report has an entry for each repetition. */
function Recording({ data }: { data: ReportPage }) {
  const index = chosenRecording.value;
  const recording = data.recordings[index];
  if (!recording) return null;
  const scenario =
    data.report.scenarios.find(
      (s) => s.name === recording.scenario && (s.repetition ?? 1) === recording.repetition && s.part === recording.part,
    ) ?? data.report.scenarios.find((s) => s.name === recording.scenario);
  if (!scenario) return null;
  const loaded = current.value;
  return (
    <>
      {data.recordings.length > 1 ? <RecordingSwitch data={data} /> : null}
      <section>
        <h2>
          {recording.scenario}
          <span class="sub">
            {' '}
            {strings.scenarioLine(scenario.mode, scenario.load, scenario.duration_s)}
            {recording.simulated ? `, ${strings.simulated}` : ''}
          </span>
        </h2>
        <TasksTable scenario={scenario} />
      </section>
      <Findings findings={scenario.findings} />
      <section class="timeline-section">
        <h2>{strings.sections.timeline}</h2>
        {recording.cut ? <p class="sub">{strings.timeline.cut(count(recording.cut))}</p> : null}
        {loaded ? <Timeline key={index} loaded={loaded} /> : <p class="hint">{strings.timeline.loading}</p>}
        {loaded ? <JobPanel loaded={loaded} /> : null}
        <SystemTable scenario={scenario} />
      </section>
      <section>
        <h2>{strings.sections.tasks}</h2>
        <TaskCards scenario={scenario} loaded={loaded} />
      </section>
      <Chains scenario={scenario} />
      <Iterations scenario={scenario} />
      <Interference data={data} scenario={scenario.name} />
    </>
  );
}

function RecordingSwitch({ data }: { data: ReportPage }) {
  return (
    <fieldset class="switch">
      <legend class="hidden">{strings.recording}</legend>
      {data.recordings.map((r, i) => (
        <button
          key={`${r.scenario} ${r.repetition} ${r.part}`}
          type="button"
          aria-pressed={chosenRecording.value === i}
          onClick={() => chooseRecording(i)}
        >
          {strings.repetition(
            r.scenario,
            r.repetition,
            data.recordings.filter((o) => o.scenario === r.scenario).length,
            r.part,
          )}
        </button>
      ))}
    </fieldset>
  );
}

/** The figures are on the screen before the jobs are unpacked. A tab or frame that is not shown is never painted. */
const painted = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done, 0));
    setTimeout(done, 500);
  });

printLight();
followTheme();
const app = document.getElementById('app') as HTMLElement;
readPayload<ReportPage>().then(
  (data) => {
    page.value = data;
    app.replaceChildren();
    render(<App />, app);
    document.body.dataset.ready = 'true';
    void painted()
      .then(() => load(0))
      .then(() => {
        document.body.dataset.loaded = 'true';
      });
  },
  () => {
    app.textContent = strings.damaged;
  },
);
