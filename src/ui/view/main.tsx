/** The local page over runs: list, one run, live, compare. */
import { signal } from '@preact/signals';
import { render } from 'preact';
import { switchTheme } from '../theme.js';
import { problem, watchRuns } from './api.js';
import { Compare } from './compare.js';
import { RunTable } from './list.js';
import { Live } from './live.js';
import { Report } from './run.js';
import { strings } from './strings.js';
import '../base.css';
import '../report/style.css';
import './style.css';

const hash = signal(location.hash);
window.addEventListener('hashchange', () => {
  hash.value = location.hash;
});

/** A broken address is that of no run. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function App() {
  const [, place = '', rest = ''] = /^#\/(\w+)\/(.*)$/.exec(hash.value) ?? [];
  const id = decoded(rest);
  return (
    <>
      <header>
        <div class="titles">
          <h1>infersight</h1>
          <p>{place === '' ? strings.title : place === 'compare' ? strings.comparison.title : id}</p>
        </div>
        <nav class="tabs">
          {place === '' ? null : <a href="#/">{strings.back}</a>}
          {place === 'run' ? <a href={`#/live/${rest}`}>{strings.live}</a> : null}
          {place === 'live' ? <a href={`#/run/${rest}`}>{strings.report}</a> : null}
          <button type="button" class="theme" onClick={switchTheme} title={strings.theme} aria-label={strings.theme}>
            ◐
          </button>
        </nav>
      </header>
      {problem.value ? <p class="finding error problem">{strings.failed(problem.value)}</p> : null}
      {place === 'run' ? (
        <Report key={id} id={id} />
      ) : (
        <main class="overview">
          {place === '' ? <RunTable /> : null}
          {place === 'live' ? <Live key={id} id={id} /> : null}
          {place === 'compare' ? <Compare ids={rest.split(',').map(decoded)} /> : null}
        </main>
      )}
    </>
  );
}

watchRuns();
render(<App />, document.getElementById('app') as HTMLElement);
document.body.dataset.ready = 'true';
