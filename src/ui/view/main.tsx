/** The local page over runs: list, one run, live, compare, trend. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { CopyButton } from '../copy-button.js';
import { keepTheme, switchTheme } from '../theme.js';
import { problem, watchRuns } from './api.js';
import { Compare } from './compare.js';
import { Fleet } from './fleet.js';
import { RunTable } from './list.js';
import { Live } from './live.js';
import { decoded, place } from './place.js';
import { Report } from './run.js';
import { strings } from './strings.js';
import { Trend } from './trend.js';
import '../base.css';
import '../report/style.css';
import './style.css';

/** What stands in the head, and in the title of the window. */
function titleOf(): string {
  const { name, rest } = place.value;
  switch (name) {
    case '':
      return strings.title;
    case 'compare':
      return `${strings.comparison.title}: ${rest.split(',').map(decoded).join(', ')}`;
    case 'fleet':
      return strings.fleet.title;
    case 'trend':
      return strings.trend.title(decoded(rest));
    default:
      return decoded(rest);
  }
}

function App() {
  const { name, rest } = place.value;
  const id = decoded(rest);
  return (
    <>
      <header>
        <div class="titles">
          <h1>infersight</h1>
          <p>{titleOf()}</p>
        </div>
        <nav class="tabs">
          {name === '' ? null : <a href="#/">{strings.back}</a>}
          {name === 'run' ? <a href={`#/live/${rest}`}>{strings.live}</a> : null}
          {name === 'live' ? <a href={`#/run/${rest}`}>{strings.report}</a> : null}
          <CopyButton {...strings.copy} text={() => location.href} />
          <button type="button" class="theme" onClick={switchTheme} title={strings.theme} aria-label={strings.theme}>
            ◐
          </button>
        </nav>
      </header>
      {problem.value ? <p class="finding error problem">{strings.failed(problem.value)}</p> : null}
      {name === 'run' ? (
        <Report key={id} id={id} />
      ) : (
        <main class="overview">
          {name === '' ? <RunTable /> : null}
          {name === 'live' ? <Live key={id} id={id} /> : null}
          {name === 'compare' ? <Compare ids={rest.split(',').map(decoded)} /> : null}
          {name === 'fleet' ? <Fleet /> : null}
          {name === 'trend' ? <Trend key={id} pipeline={id} /> : null}
        </main>
      )}
    </>
  );
}

keepTheme();
watchRuns();
render(<App />, document.getElementById('app') as HTMLElement);
effect(() => {
  document.title = `${titleOf()} · infersight`;
});
document.body.dataset.ready = 'true';
