/** A button that puts a text on the clipboard, and says so. */
import { useSignal } from '@preact/signals';

/** Also where the page has no right to the clipboard by itself, as inside a sandbox. @returns whether it worked */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

const SAID_MS = 1600;

/** What a button copies. */
export interface CopyButtonProps {
  readonly label: string;
  readonly done: string;
  readonly failed: string;
  readonly text: () => string;
  readonly title?: string;
}

/** Copies on a click. */
export function CopyButton({ label, done, failed, text, title }: CopyButtonProps) {
  const said = useSignal<string | undefined>(undefined);
  return (
    <button
      type="button"
      class="button copy"
      title={title}
      onClick={async () => {
        said.value = (await copyText(text())) ? done : failed;
        setTimeout(() => {
          said.value = undefined;
        }, SAID_MS);
      }}
    >
      <span aria-live="polite">{said.value ?? label}</span>
    </button>
  );
}
