/** Colours of pages and pictures: seen by everybody, and told apart by those who see no green. */
import { readFileSync } from 'node:fs';
import { differenceCiede2000, filterDeficiencyDeuter, parse, wcagContrast } from 'culori';
import { describe, expect, it } from 'vitest';
import { barColour } from '../src/charts/engine-colours.js';
import { LINE_DASHES } from '../src/charts/marks.js';
import { SYSTEM_LINES } from '../src/charts/system-picture.js';

const css = readFileSync('src/ui/base.css', 'utf8');
const block = (start: string): ReadonlyMap<string, string> => {
  const from = css.indexOf(start);
  const text = css.slice(from, css.indexOf('}', from));
  return new Map([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]]));
};
const THEMES = { light: block(':root {'), dark: block(':root[data-theme="dark"] {') };
const ground = ['surface', 'page', 'lane', 'zone', 'shade'];

const deuter = filterDeficiencyDeuter(1);
const difference = differenceCiede2000();
const told = (a: string, b: string): number => difference(seen(a), seen(b));
const seen = (colour: string) => deuter(parse(colour) ?? expect.fail(`${colour} is no colour`));

/** Pairs that look alike and are dashed alike. */
function alike(lines: readonly (readonly [colour: string, dash: readonly number[]])[]): string[] {
  return lines.flatMap(([a, dash], i) =>
    lines
      .slice(i + 1)
      .filter(([b, other]) => other.join() === dash.join() && told(a, b) < 10)
      .map(([b]) => `${a} ${b}: ${told(a, b).toFixed(1)}`),
  );
}

describe.each(Object.entries(THEMES))('colours in %s', (theme, colours) => {
  const of = (name: string): string => colours.get(name) ?? expect.fail(`no --${name} in ${theme}`);

  it('are those of the theme whatever chose it', () => {
    const other = theme === 'dark' ? block(':root:not([data-theme="light"]) {') : colours;
    expect([...other]).toEqual([...colours]);
  });

  it('of marks stand out from what is behind them, 3 : 1 at least', () => {
    const marks = ['run', 'late', 'drop', 'wait', 'edge', 'better', 'worse', 'warning', ...lineNames];
    const weak = marks.flatMap((m) =>
      ground.filter((g) => wcagContrast(of(m), of(g)) < 3).map((g) => `${m} on ${g}: ${wcagContrast(of(m), of(g))}`),
    );
    expect(weak).toEqual([]);
  });

  it('of text do so 4.5 : 1 at least', () => {
    const weak = ['text', 'text-dim', 'accent', 'late', 'better', 'warning'].flatMap((m) =>
      ['surface', 'page'].filter((g) => wcagContrast(of(m), of(g)) < 4.5).map((g) => `${m} on ${g}`),
    );
    expect(weak).toEqual([]);
  });

  it('of lines are told apart without green, or their dashes are', () => {
    expect(alike(lineNames.map((name, i) => [of(name), LINE_DASHES[i]]))).toEqual([]);
  });

  it('of jobs in time and of late ones too; what was never done is hatched', () => {
    expect(alike(['late', 'drop'].map((name) => [of(name), []]))).toEqual([]);
    expect(alike(['run', 'late', 'wait'].map((name) => [of(name), []]))).toEqual([]);
  });
});

const lineNames = [1, 2, 3, 4, 5, 6].map((i) => `line${i}`);

describe('colours of pictures', () => {
  it('of lines in the system picture are told apart, and stand out from white', () => {
    expect(alike(SYSTEM_LINES)).toEqual([]);
    expect(SYSTEM_LINES.filter(([colour]) => wcagContrast(colour, '#ffffff') < 3)).toEqual([]);
  });

  it('of bars of layers stand out in both themes', () => {
    const types = ['input', 'reformat', 'conv', 'gemm', 'maxpool', 'pointwise', 'softmax', 'quantize', 'slice'];
    const all = [...types, 'shuffle', 'norm', 'lstm', 'foreignnode', 'unheard of'].map(barColour);
    const weak = all.flatMap((c) =>
      Object.values(THEMES)
        .filter((t) => wcagContrast(c, t.get('surface') ?? '') < 3)
        .map(() => c),
    );
    expect(weak).toEqual([]);
  });
});
