/** The report of a run, where it has one. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { strings } from './strings.js';

export function Report({ id }: { id: string }) {
  const path = `/runs/${encodeURIComponent(id)}/report.html`;
  const state = useSignal<'asking' | 'there' | 'missing'>('asking');
  useEffect(() => {
    fetch(path, { method: 'HEAD' }).then(
      (answer) => {
        state.value = answer.ok ? 'there' : 'missing';
      },
      () => {
        state.value = 'missing';
      },
    );
  }, [path]);
  if (state.value === 'there') return <iframe class="report" title={`${strings.report} ${id}`} src={path} />;
  return (
    <main class="overview">
      {state.value === 'asking' ? null : (
        <p class="finding info">
          {strings.noReport(id)} <a href={`#/live/${encodeURIComponent(id)}`}>{strings.live}</a>
        </p>
      )}
    </main>
  );
}
