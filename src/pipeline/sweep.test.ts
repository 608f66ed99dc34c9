/** Values over ranges: where it stops to hold. */
import { describe, expect, it } from 'vitest';
import { withValues } from '../formats/pipeline/with-values.js';
import { combinations, kneeOf, readAxis, sweepPoint } from './sweep.js';

// 20 ms on an engine that both share: it is full when the rates add up to 50 Hz.
const text = `version: 1
name: t
# stays
models:
  camera: { backend: synthetic, build: { service: 20 ms, engine: gpu } }
  lidar: { backend: synthetic, build: { service: 20 ms, engine: gpu } }
scenarios:
  street:
    warmup: 0 s
    duration: 20 s
    tasks:
      - { model: camera, rate: 10 Hz, deadline: 100 ms }
      - { model: lidar, rate: 10 Hz, deadline: 100 ms }
`;
const sweep = { text, file: 't.yaml', limit: 0.01 };

describe('a sweep', () => {
  it('reads lists and ranges', () => {
    expect(readAxis('camera.rate=10..30 Hz', 3)).toEqual({ path: 'camera.rate', values: ['10 Hz', '20 Hz', '30 Hz'] });
    expect(readAxis('camera.rate=10 Hz .. 30 Hz', 2).values).toEqual(['10 Hz', '30 Hz']);
    expect(readAxis('camera.overrun=skip, latest', 5).values).toEqual(['skip', 'latest']);
    expect(readAxis('camera.rate=10, 20, 30 Hz', 5).values).toEqual(['10 Hz', '20 Hz', '30 Hz']);
    expect(readAxis('camera.threads=1,2,4', 5).values).toEqual(['1', '2', '4']);
    for (const wrong of ['camera.rate', 'camera.rate=1 ms..3 s']) expect(() => readAxis(wrong, 3)).toThrow();
    expect(combinations([readAxis('a=1,2', 2), readAxis('b=x,y', 2)])).toEqual([
      ['1', 'x'],
      ['1', 'y'],
      ['2', 'x'],
      ['2', 'y'],
    ]);
  });

  it('changes a value of a task, a model or any place, and leaves the rest', () => {
    const changed = withValues(text, [
      ['camera.rate', '25 Hz'],
      ['lidar.build.service', '5 ms'],
      ['scenarios.street.tasks.lidar.deadline', '50 ms'],
      ['scenarios.street.duration', '5 s'],
    ]);
    expect(changed).toContain('model: camera, rate: 25 Hz');
    expect(changed).toMatch(/lidar: \{ backend: synthetic, build: \{ service: 5 ms/);
    expect(changed).toMatch(/model: lidar, rate: 10 Hz, deadline: 50 ms/);
    expect(changed).toContain('duration: 5 s');
    expect(changed).toContain('# stays');
    const without = withValues(text, [
      ['camera', 'null'],
      ['lidar.deadline', 'null'],
    ]);
    expect(without).not.toContain('model: camera');
    expect(without).toContain('model: lidar');
    for (const nothing of ['camera.rat', 'lidar.build.x.y'])
      expect(() => withValues(text, [[nothing, 'null']])).toThrow(/there is nothing to take out/);
    expect(() => withValues(text, [['camra.rate', '1 Hz']])).toThrow(/no task or model "camra"/);
  });

  it('finds where an engine is full', () => {
    const axis = readAxis('camera.rate=10..90 Hz', 5);
    const points = axis.values.map((v) => sweepPoint(sweep, [axis], [v]));
    expect(points.map((p) => p.holds)).toEqual([true, true, false, false, false]);
    expect(points[2]?.asked.gpu).toBeCloseTo(1.2, 1);
    const knee = kneeOf(sweep, axis, points);
    expect(Number.parseFloat(knee?.holds ?? '')).toBeGreaterThan(39);
    expect(Number.parseFloat(knee?.fails ?? '')).toBeLessThan(41);
  });

  it('says so where the file cannot have a value', () => {
    const axis = readAxis('camera.rate=10 Hz,fast', 2);
    expect(() => sweepPoint(sweep, [axis], ['fast'])).toThrow(/rate/);
  });
});
