/** The report of a run, where it has one. */
import { useEffect, useRef } from 'preact/hooks';
import { tellTheme } from '../theme.js';
import { readUrl, urlText } from '../url-state.js';
import { runs } from './api.js';
import { decoded, place, setInnerState } from './place.js';
import { strings } from './strings.js';

/** The report of a run inside the page. */
export function Report({ id }: { id: string }) {
  const all = runs.value;
  if (!all) return null;
  const run = all.find((r) => r.id === id);
  if (run?.report)
    return (
      <main>
        <ReportFrame id={id} />
      </main>
    );
  return (
    <main class="overview">
      {run ? (
        <p class="finding info">
          {strings.noReport(id)} {run.state === 'failed' ? strings.failedBefore : ''}{' '}
          <a href={`#/live/${encodeURIComponent(id)}`}>{strings.whatHappened}</a>
        </p>
      ) : (
        <p class="finding error">{strings.noSuchRun(id)}</p>
      )}
    </main>
  );
}

const REPORT = 'report.html';

/** What a page inside tells of itself. */
interface Told {
  readonly hash?: unknown;
  readonly push?: unknown;
  readonly path?: unknown;
}

/** Which page of the run is inside, and its state: the report, or the explorer of one of its engines. */
function innerPage(state: string): { readonly page: string; readonly hash: string } {
  const { page, ...rest } = readUrl(state);
  const known = page !== undefined && /^engines\/[\w.@-]+\/explore\.html$/.test(page);
  return { page: known ? page : REPORT, hash: urlText(rest) };
}

/** What the report shows is in the address of this page: it tells, and is told. */
export function ReportFrame({ id }: { id: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const first = useRef(innerPage(place.value.state)).current;
  useEffect(() => {
    const told = ({ source, data }: MessageEvent<Told | null>): void => {
      if (source !== frame.current?.contentWindow || typeof data?.hash !== 'string') return;
      const page = typeof data.path === 'string' ? decoded(data.path).split(`/runs/${id}/`)[1] : undefined;
      const inside = page === undefined || page === REPORT ? '' : `page=${page}${data.hash === '' ? '' : '&'}`;
      setInnerState(`${inside}${data.hash}`, data.push === true);
    };
    const moved = (): void => {
      const { page, hash } = innerPage(place.value.state);
      frame.current?.contentWindow?.postMessage({ hash, page }, '*');
    };
    window.addEventListener('message', told);
    window.addEventListener('popstate', moved);
    return () => {
      window.removeEventListener('message', told);
      window.removeEventListener('popstate', moved);
    };
  }, [id]);
  return (
    <iframe
      ref={frame}
      sandbox="allow-scripts allow-downloads"
      allow="clipboard-write"
      class="report"
      title={`${strings.report} ${id}`}
      src={`/runs/${encodeURIComponent(id)}/${first.page}${first.hash === '' ? '' : `#${first.hash}`}`}
      onLoad={(e) => tellTheme(e.currentTarget)}
    />
  );
}
