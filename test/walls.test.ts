import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { describe, expect, it } from 'vitest';
// @ts-expect-error a plain configuration file without types
import config from '../.dependency-cruiser.cjs';
// @ts-expect-error a plain script without types
import { measure } from '../scripts/measures.mjs';

const sources = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : /\.tsx?$/.test(path) && !path.endsWith('.d.ts') ? [path] : [];
  });
const product = sources('src').filter((p) => !p.endsWith('.test.ts'));

describe('walls', () => {
  it('no import crosses a wall', async () => {
    const { options, ...rules } = config;
    const result = await cruise(['src'], { ...options, ruleSet: rules, validate: true }, undefined, {
      tsConfig: extractTSConfig('tsconfig.json'),
    });
    const { summary, modules } = result.output as ICruiseResult;
    // An empty run would pass too.
    expect(modules.filter((m) => m.source.startsWith('src/')).length).toBeGreaterThanOrEqual(product.length);
    expect(summary.totalDependenciesCruised).toBeGreaterThan(product.length * 2);
    expect(summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`)).toEqual([]);
  });

  it('only cli prints or ends the process', () => {
    const loud = /\b(console\.|process\.stdout|process\.stderr)/;
    // Child processes end themselves; their callers hear of it.
    const children = [
      'src/profiler/executor/executor.ts',
      'src/profiler/thread/layers-child.ts',
      'src/backends/tensorrt/build-child.ts',
      'src/backends/tensorrt/plan-child.ts',
    ];
    for (const path of product.filter((p) => !p.startsWith('src/cli/'))) {
      const text = readFileSync(path, 'utf8');
      expect(loud.test(text), path).toBe(false);
      if (!children.includes(path)) expect(/process\.exit\(/.test(text), path).toBe(false);
    }
  });

  it('files stay small', () => {
    const lengths = product
      .map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n').length }))
      .sort((a, b) => a.lines - b.lines);
    expect(lengths.filter((l) => l.lines > 401)).toEqual([]);
    expect(lengths[Math.floor(lengths.length / 2)].lines).toBeLessThan(160);
  });

  it('functions and classes stay short, every export has a sentence, no backend is named outside its room', () => {
    const { functions, classes, silent, named, cycles, anys } = measure('.');
    expect(functions.length).toBeGreaterThan(2000);
    expect(functions.filter((f: { lines: number }) => f.lines > 60)).toEqual([]);
    expect(classes.filter((c: { lines: number }) => c.lines > 200)).toEqual([]);
    expect(silent).toEqual([]);
    expect(named).toEqual([]);
    expect([cycles, anys]).toEqual([0, 0]);
  });

  it('every room says in a few lines what it is for', () => {
    for (const room of readdirSync('src').filter((n) => statSync(join('src', n)).isDirectory())) {
      const text = readFileSync(join('src', room, 'README.md'), 'utf8');
      expect(text, room).toMatch(new RegExp(`^# ${room}\n`));
      expect(text.trim().split('\n').length, room).toBeLessThanOrEqual(16);
    }
  });

  it('ARCHITECTURE.md names the rooms that exist, and their walls', () => {
    const text = readFileSync('ARCHITECTURE.md', 'utf8');
    const rooms = readdirSync('src').filter((n) => statSync(join('src', n)).isDirectory());
    for (const room of rooms) expect(text, room).toMatch(new RegExp(`^  ${room}/`, 'm'));
    const drawn = [...text.matchAll(/^ {2}([a-z]+)\/ {2}/gm)].map(([, name]) => name);
    expect(new Set(drawn)).toEqual(new Set(rooms));
    for (const rule of config.forbidden.filter((r: { name: string }) => r.name.startsWith('room-'))) {
      const room = rule.name.slice('room-'.length);
      const allowed = rule.comment
        .split('may import ')[1]
        .split(', ')
        .filter((n: string) => n !== room);
      expect(text, room).toContain(`| ${room} | ${allowed.join(', ') || 'nothing'} |`);
    }
  });
});
