/** The report page of a run. */
import { render } from 'preact';
import { count } from '../../base/text.js';
import type { ScenarioReport } from '../../formats/report/report.js';
import type { ReportPage } from '../../formats/report/report-page.js';
import { deviceText, lengthText, VERDICT_SIGNS, whenText } from '../../formats/report/report-words.js';
import { CopyButton } from '../copy-button.js';
import { readPayload } from '../payload.js';
import { followTheme, isFramed, keepTheme, switchTheme } from '../theme.js';
import { onUrlChange, readUrl } from '../url-state.js';
import { Advice } from './advice-section.js';
import { Causes } from './causes-section.js';
import { Chains, Iterations } from './chains.js';
import { DeadlineSection } from './deadline-section.js';
import { Hero } from './hero.js';
import { Interference } from './interference.js';
import { followPrint } from './print.js';
import { scenarioTitle } from './recording-name.js';
import { Requirements } from './requirements.js';
import { Device, Engines, Files, Findings, Reproduce, SystemTable } from './sections.js';
import { Soak } from './soak-section.js';
import {
  chooseRecording,
  chosenRecording,
  current,
  followState,
  load,
  page,
  recordingOf,
  scenarioOf,
  showUrl,
} from './state.js';
import { strings } from './strings.js';
import { TaskCards, TasksTable } from './tasks-section.js';
import { Timeline } from './timeline-view.js';
import '../base.css';
import './style.css';

function App() {
  const data = page.value;
  if (!data) return null;
  const recording = data.recordings[chosenRecording.value];
  const scenario = recording ? scenarioOf(data, recording) : data.report.scenarios[0];
  return (
    <>
      <Bar data={data} scenario={scenario} />
      <main class="overview">
        <Hero data={data} scenario={scenario} />
        {scenario ? <Recording data={data} scenario={scenario} /> : null}
        <Engines page={data} />
        <div class="columns">
          <Device report={data.report} />
          <div>
            <Reproduce page={data} />
            <Files files={data.files} />
          </div>
        </div>
      </main>
    </>
  );
}

/** What was run, which scenario is in sight, and what can be taken along. */
function Bar({ data, scenario }: { data: ReportPage; scenario: ScenarioReport | undefined }) {
  const { report, reproduce } = data;
  const { bar: words } = strings;
  const framed = isFramed();
  return (
    <header class={framed ? 'topbar framed' : 'topbar'}>
      <h1 class={framed ? 'hidden' : ''}>{report.pipeline}</h1>
      <p class="meta">
        {framed ? null : (
          <>
            {words.run} <b title={reproduce.run}>{runName(data)}</b> ·{' '}
          </>
        )}
        {deviceText(report)} · {whenText(report.created)}
        {scenario ? ` · ${lengthText(scenario)}` : ''}
      </p>
      {data.recordings.length > 1 ? <RecordingSwitch data={data} /> : null}
      <div class="bar-actions">
        {framed ? null : (
          <CopyButton label={words.copyLink} done={words.copied} failed={words.notCopied} text={() => location.href} />
        )}
        <CopyButton
          label={words.copyMarkdown}
          title={words.copyMarkdownWhy}
          done={words.copied}
          failed={words.notCopied}
          text={() => data.markdown}
        />
        {framed ? null : (
          <button type="button" class="theme" onClick={switchTheme} title={strings.theme} aria-label={strings.theme}>
            ◐
          </button>
        )}
      </div>
    </header>
  );
}

/** Without the name of the pipeline, which stands beside it. */
const runName = ({ report, reproduce: { run } }: ReportPage): string =>
  run.startsWith(`${report.pipeline}-`) ? run.slice(report.pipeline.length + 1) : run;

/** Without the name of the finding. */
const reasonOf = ({ invalid_reason = '' }: ScenarioReport): string => invalid_reason.replace(/^\w+: /, '');

/** One recording of one scenario; the report has an entry for each repetition. */
function Recording({ data, scenario }: { data: ReportPage; scenario: ScenarioReport }) {
  const index = chosenRecording.value;
  const recording = data.recordings[index];
  const loaded = current.value;
  return (
    <>
      {scenario.valid || data.report.answer?.reasons.some((r) => r.includes(reasonOf(scenario).slice(1))) ? null : (
        <p class="finding warning">{strings.notValid(reasonOf(scenario))}</p>
      )}
      <DeadlineSection data={data} scenario={scenario} />
      <section class="timeline-section" id="timeline">
        <h2>
          {strings.sections.timeline} <span class="sub">{strings.timeline.about}</span>
        </h2>
        {recording?.cut ? <p class="sub">{strings.timeline.cut(count(recording.cut))}</p> : null}
        {loaded ? <Timeline key={index} loaded={loaded} /> : <p class="hint loading">{strings.timeline.loading}</p>}
        <SystemTable scenario={scenario} />
      </section>
      <Requirements report={data.report} />
      <Causes scenario={scenario} loaded={loaded} />
      <Findings findings={scenario.findings} />
      <section>
        <h2>
          {strings.sections.detail}{' '}
          <span class="sub">
            {scenario.name}: {strings.scenarioLine(scenario.mode, scenario.load)}
          </span>
        </h2>
        <TasksTable scenario={scenario} />
        <TaskCards scenario={scenario} loaded={loaded} />
      </section>
      <Chains scenario={scenario} />
      <Iterations scenario={scenario} />
      <Soak scenario={scenario} />
      <Advice data={data} scenario={scenario.name} />
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
          <RecordingSign data={data} index={i} />
          {scenarioTitle(data, r)}
        </button>
      ))}
    </fieldset>
  );
}

/** The worst verdict of what is required in a scenario. */
function RecordingSign({ data, index }: { data: ReportPage; index: number }) {
  const { scenario } = data.recordings[index];
  const verdicts = new Set(
    data.report.requirements.filter((r) => r.terms?.scenario === scenario).map((r) => r.verdict),
  );
  const worst = (['fail', 'inconclusive', 'pass'] as const).find((v) => verdicts.has(v));
  return worst ? (
    <span class={`sign ${worst}`}>
      {VERDICT_SIGNS[worst]}
      <span class="hidden"> {strings.verdicts[worst]}:</span>{' '}
    </span>
  ) : null;
}

/** The figures are on the screen before the jobs are unpacked. A tab or frame that is not shown is never painted. */
const painted = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done, 0));
    setTimeout(done, 500);
  });

function entitle(data: ReportPage): void {
  const scenario = data.recordings[chosenRecording.value]?.scenario ?? '';
  document.title = strings.title(VERDICT_SIGNS[data.report.verdict], data.report.pipeline, scenario);
}

async function start(data: ReportPage): Promise<void> {
  page.value = data;
  chosenRecording.value = recordingOf(data, readUrl());
  app.replaceChildren();
  render(<App />, app);
  chosenRecording.subscribe(() => entitle(data));
  document.body.dataset.ready = 'true';
  await painted();
  const show = async (state = readUrl()): Promise<void> => {
    const index = recordingOf(data, state);
    await load(index);
    chooseRecording(index);
    showUrl(state);
    const task = state.task ?? /^#?task-(.+)$/.exec(location.hash)?.[1];
    if (task !== undefined) document.getElementById(`task-${task}`)?.scrollIntoView({ block: 'start' });
  };
  await show();
  followState();
  onUrlChange((state) => void show(state));
  document.body.dataset.loaded = 'true';
  await loadOthers(data);
}

/** Jobs of all other recordings together, up to which they are unpacked too: paper has no switch. */
const MOST_AHEAD = 400_000;

async function loadOthers(data: ReportPage): Promise<void> {
  const rows = data.recordings.reduce((sum, r) => sum + r.tasks.reduce((n, t) => n + t.rows, 0), 0);
  if (rows > MOST_AHEAD) return;
  for (const index of data.recordings.keys()) await load(index);
}

keepTheme();
followTheme();
followPrint();
const app = document.getElementById('app') as HTMLElement;
readPayload<ReportPage>().then(start, () => {
  app.textContent = strings.damaged;
});
