/**
 * What a page shows is in its address, behind the #, as `a=b&c=d`: it can be linked, and Back leads back. A page inside
 * another of ours tells that one, whose address is the one that people see.
 */
import { isFramed } from './theme.js';

/** Keys and values of an address; what is not said is left out. */
export type UrlState = Readonly<Record<string, string | undefined>>;

/** The state in an address. */
export const readUrl = (hash: string = location.hash): UrlState =>
  Object.fromEntries(new URLSearchParams(hash.replace(/^#/, '')));

/** As it stands behind the #. Commas, slashes and the like stay legible. */
export function urlText(state: UrlState): string {
  return Object.entries(state)
    .filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
    .map(
      ([key, value]) =>
        `${encodeURIComponent(key)}=${encodeURIComponent(value).replace(/%(2C|2F|3A|40|20)/g, legible)}`,
    )
    .join('&');
}

const legible = (code: string): string => (code === '%20' ? '+' : decodeURIComponent(code));

/** @param push a place of its own in the history; otherwise the last one is changed */
export function writeUrl(state: UrlState, push: boolean): void {
  const text = urlText(state);
  if (isFramed()) window.parent.postMessage({ hash: text, push, path: location.pathname }, '*');
  if (`#${text}` === location.hash || (text === '' && location.hash === '')) return;
  try {
    // Inside a frame the outer page keeps the history.
    if (push && !isFramed()) history.pushState(null, '', `#${text}`);
    else history.replaceState(null, '', `#${text}`);
  } catch {
    // A page without an origin of its own may not; what it shows stays right.
  }
}

/** Calls when Back, Forward, a link or the outer page changes the address. @returns stops it */
export function onUrlChange(call: (state: UrlState) => void): () => void {
  const own = (): void => call(readUrl());
  const told = ({ source, data }: MessageEvent<{ hash?: unknown } | null>): void => {
    if (source === window.parent && isFramed() && typeof data?.hash === 'string') call(readUrl(data.hash));
  };
  window.addEventListener('popstate', own);
  window.addEventListener('message', told);
  return () => {
    window.removeEventListener('popstate', own);
    window.removeEventListener('message', told);
  };
}
