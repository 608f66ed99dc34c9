/** Light or dark: that of the system, until a person chooses. */

const CHANGED = 'themechange';

/** From light to dark, or back. */
export function switchTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  window.dispatchEvent(new Event(CHANGED));
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
