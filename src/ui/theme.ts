/** Light or dark: that of the system, until a person chooses. */

const CHANGED = 'themechange';

/** From light to dark, or back. */
export function switchTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const theme = dark ? 'light' : 'dark';
  showTheme(theme);
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // A page may have no storage; its theme lasts as long as it is open.
  }
}

const KEPT = 'infersight.theme';

/** The theme that was chosen last, on any of the pages. */
export function keepTheme(): void {
  try {
    const theme = localStorage.getItem(KEPT);
    if (theme === 'light' || theme === 'dark') showTheme(theme);
  } catch {
    // As above.
  }
}

type Theme = 'light' | 'dark';

/** Pages inside this one follow. */
function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  window.dispatchEvent(new Event(CHANGED));
  for (const frame of document.querySelectorAll('iframe')) tellTheme(frame);
}

/** Tells a page inside this one which theme was chosen; nothing while the system decides. */
export function tellTheme(frame: HTMLIFrameElement): void {
  const { theme } = document.documentElement.dataset;
  if (theme) frame.contentWindow?.postMessage({ theme }, '*');
}

/** Whether the page is shown inside another one of ours, which has the title and the switch. */
export const isFramed = (): boolean => window.parent !== window;

/** A page inside another takes its theme. */
export function followTheme(): void {
  if (!isFramed()) return;
  window.addEventListener('message', ({ source, data }: MessageEvent<{ theme?: unknown } | null>) => {
    const theme = data?.theme;
    if (source === window.parent && (theme === 'light' || theme === 'dark')) showTheme(theme);
  });
}

/** Paper is white. */
export function printLight(): void {
  const root = document.documentElement;
  let before: string | undefined;
  window.addEventListener('beforeprint', () => {
    before = root.dataset.theme ?? '';
    root.dataset.theme = 'light';
  });
  window.addEventListener('afterprint', () => {
    if (before === '') delete root.dataset.theme;
    else if (before !== undefined) root.dataset.theme = before;
    before = undefined;
    window.dispatchEvent(new Event(CHANGED));
  });
}

/** For canvases, which take their colours when they are painted. @returns stops it */
export function onThemeChange(call: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  window.addEventListener(CHANGED, call);
  system.addEventListener('change', call);
  return () => {
    window.removeEventListener(CHANGED, call);
    system.removeEventListener('change', call);
  };
}
