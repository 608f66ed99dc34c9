/** Where the local page is: `#/run/ID?state`, and what the list shows, which is in its address too. */
import { signal } from '@preact/signals';
import { readUrl, urlText } from '../url-state.js';

/** Columns that the list is sorted by. */
export const LIST_SORTS = ['when', 'run', 'verdict', 'worst', 'device'] as const;
/** One of them. */
export type ListSort = (typeof LIST_SORTS)[number];

/** What the list shows. */
export interface ListState {
  readonly find: string;
  readonly verdict: string;
  readonly by: ListSort;
  /** The smallest first. */
  readonly up: boolean;
}

/** A place of the page. */
export interface Place {
  /** Empty for the list. */
  readonly name: string;
  /** Run, runs or pipeline, decoded where it is one. */
  readonly rest: string;
  /** Of the page inside. */
  readonly state: string;
}

/** A broken address is that of no run. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const placeOf = (hash: string): Place => {
  const [, name = '', rest = '', state = ''] = /^#\/(\w*)\/?([^?]*)\??(.*)$/.exec(hash) ?? [];
  return { name, rest, state };
};

/** Where the page is now. */
export const place = signal<Place>(placeOf(location.hash));

const listOf = ({ name, state }: Place): ListState => {
  const { find = '', verdict = '', by, up } = name === '' ? readUrl(state) : {};
  return { find, verdict, by: LIST_SORTS.find((s) => s === by) ?? 'when', up: up === 'yes' };
};

/** What the list shows now. */
export const listState = signal<ListState>(listOf(place.value));

window.addEventListener('hashchange', () => {
  place.value = placeOf(location.hash);
  if (place.value.name === '') listState.value = listOf(place.value);
});

/** Changes what the list shows, and its address with it. */
export function setListState(change: Partial<ListState>): void {
  listState.value = { ...listState.value, ...change };
  const { find, verdict, by, up } = listState.value;
  const text = urlText({ find, verdict, by: by === 'when' ? undefined : by, up: up ? 'yes' : undefined });
  history.replaceState(null, '', text === '' ? '#/' : `#/?${text}`);
}

/** The state of a page inside this one, behind its own place. @param push a place of its own in the history */
export function setInnerState(state: string, push: boolean): void {
  const { name, rest } = place.value;
  const hash = `#/${name}/${rest}${state === '' ? '' : `?${state}`}`;
  if (hash === location.hash) return;
  if (push) history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
  place.value = placeOf(hash);
}
