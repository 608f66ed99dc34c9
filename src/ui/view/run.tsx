/** The report of a run, where it has one. */
import { tellTheme } from '../theme.js';
import { runs } from './api.js';
import { strings } from './strings.js';

/** The report of a run inside the page. */
export function Report({ id }: { id: string }) {
  const all = runs.value;
  if (!all) return null;
  const run = all.find((r) => r.id === id);
  if (run?.report)
    return (
      <iframe
        sandbox="allow-scripts"
        class="report"
        title={`${strings.report} ${id}`}
        src={`/runs/${encodeURIComponent(id)}/report.html`}
        onLoad={(e) => tellTheme(e.currentTarget)}
      />
    );
  return (
    <main class="overview">
      {run ? (
        <p class="finding info">
          {strings.noReport(id)} <a href={`#/live/${encodeURIComponent(id)}`}>{strings.live}</a>
        </p>
      ) : (
        <p class="finding error">{strings.noSuchRun(id)}</p>
      )}
    </main>
  );
}
