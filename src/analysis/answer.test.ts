import { describe, expect, it } from 'vitest';
import type { ProfileReport, RequirementReport, ScenarioReport, TaskReport } from '../formats/report/report.js';
import { answerOf, decisiveScenario } from './answer.js';

const none = { n: 0 };
const task = (name: string, more: Partial<TaskReport> = {}): TaskReport => ({
  name,
  model: name,
  rate_hz: 20,
  deadline_ms: 50,
  released: 400,
  completed: 400,
  dropped: {},
  in_flight: 0,
  late: 0,
  throughput_hz: 20,
  utilisation: 0.4,
  response_ms: { n: 400, p50: 18, p99: 30, max: 33 },
  service_ms: { n: 400, p50: 18, mean: 18 },
  queue_wait_ms: none,
  release_error_ms: none,
  effective_response_ms: { p50: 18, p99: 30 },
  placement: { accelerator: 'gpu', spin_us: 0, complete_via: 'blocking', notes: [] },
  ...more,
});
const scenario = (tasks: TaskReport[], more: Partial<ScenarioReport> = {}): ScenarioReport => ({
  name: 'street',
  mode: 'periodic',
  load: 'open',
  duration_s: 20,
  valid: true,
  tasks,
  system: [],
  findings: [],
  ...more,
});
const missed = (
  subject: string,
  verdict: RequirementReport['verdict'],
  more: Partial<RequirementReport> = {},
  where = 'street',
): RequirementReport => ({
  text: `${where}/${subject} miss_ratio <= 1 %`,
  verdict,
  measured: { n: 400, misses: 100 },
  terms: { scenario: where, subject, metric: 'missed', at_most: 0.01, unit: 'share', value: 0.25 },
  ...more,
});
const report = (
  verdict: ProfileReport['verdict'],
  scenarios: ScenarioReport[],
  requirements: RequirementReport[],
): ProfileReport => ({
  version: 1,
  tool: { name: 'infersight', version: '0' },
  pipeline: 'robot',
  created: '2026-11-20T14:09:00Z',
  device: { hostname: 'bench', os: 'linux', arch: 'x64', kernel: '6', cpus: 2, memory: 1, gpu: [], versions: {} },
  engines: [],
  scenarios,
  requirements,
  verdict,
});

describe('the answer', () => {
  it('names the engine of which more is asked than there is, and what that costs', () => {
    const tasks = [
      task('camera', { utilisation: 0.91, late: 120 }),
      task('lidar', { utilisation: 1.18, completed: 300, dropped: { busy: 100 } }),
      task('voice', { placement: undefined }),
    ];
    const engines = [{ engine: 'gpu', tasks: ['camera', 'lidar'], asked: 2.09, available: 1 }];
    const answer = answerOf(
      report('fail', [scenario(tasks, { engines })], [missed('camera', 'fail'), missed('lidar', 'fail')]),
    );
    expect(answer).toEqual({
      headline: 'Does not fit: camera and lidar miss their deadlines.',
      reasons: ['The GPU is asked for 209 % of its time (lidar 118 %, camera 91 %), and 220 of 800 jobs there miss.'],
    });
  });

  it('counts where many miss, says in which scenario, and tells the most frequent cause', () => {
    const causes = { backlog: 3, contention: 40 };
    const pattern = { in_a_row: 2, episodes: 9, worst_of_10: 1, worst_of_100: 4, causes };
    const names = ['a', 'b', 'c', 'd'];
    const tasks = names.map((n) => task(n, n === 'd' ? {} : { late: 43, miss_pattern: pattern }));
    const answer = answerOf(
      report(
        'fail',
        [scenario(tasks), scenario([task('a')], { name: 'park' })],
        [...names.slice(0, 3).map((n) => missed(n, 'fail')), missed('a', 'pass', {}, 'park')],
      ),
    );
    expect(answer.headline).toBe('Does not fit in street: 3 of 4 models miss their deadlines.');
    expect(answer.reasons).toEqual([
      '129 jobs miss, 120 of them (a, b and c) because other tasks held the CPUs or the engine that they need.',
    ]);
  });

  it('says of a model that it is too slow by itself', () => {
    const slow = task('depth', { service_ms: { n: 400, p50: 61 }, late: 400 });
    expect(answerOf(report('fail', [scenario([slow])], [missed('depth', 'fail')]))).toEqual({
      headline: 'Does not fit: depth misses its deadline.',
      reasons: ['A job of depth takes 61 ms, and has 50 ms.'],
    });
  });

  it('tells what does not hold where that is not lateness', () => {
    const memory: RequirementReport = {
      text: 'camera memory <= 1 GiB',
      verdict: 'fail',
      measured: {},
      terms: { subject: 'camera', metric: 'memory', at_most: 2 ** 30, unit: 'bytes', value: 3 * 2 ** 30 },
    };
    expect(answerOf(report('fail', [scenario([task('camera')])], [memory])).headline).toBe(
      'Does not fit: camera memory is 3 GiB, and ≤ 1 GiB is required.',
    );
  });

  it('promises no more than was required: a deadline that is missed without a requirement is told', () => {
    const passed = [missed('camera', 'pass')];
    expect(answerOf(report('pass', [scenario([task('camera'), task('lidar')])], passed)).headline).toBe(
      'Fits: all 2 models keep their deadlines.',
    );
    const tight = task('camera', { effective_response_ms: { p99: 46 } });
    expect(answerOf(report('pass', [scenario([tight])], passed)).headline).toBe(
      'Fits, but only just: camera needs 92 % of its deadline.',
    );
    const late = task('lidar', { late: 200 });
    expect(answerOf(report('pass', [scenario([task('camera'), late])], passed)).headline).toBe(
      'The requirement holds; lidar misses its deadline, of which nothing is required.',
    );
  });

  it('tells a disturbed measurement from one that is too short', () => {
    const disturbed = scenario([task('camera')], {
      valid: false,
      invalid_reason: 'machine_stalled: for 900 ms the process was stopped',
      findings: [
        {
          id: 'foreign_cpu_load',
          severity: 'error',
          message: 'other programs used 1.9 of 2 CPUs',
          advice: '',
          evidence: {},
        },
      ],
    });
    const open = missed('camera', 'inconclusive', { reason: 'the run is not valid: machine_stalled: x' });
    expect(answerOf(report('inconclusive', [disturbed], [open]))).toEqual({
      headline: 'Cannot tell: the measurement was disturbed.',
      reasons: ['Other programs used 1.9 of 2 CPUs.', 'For 900 ms the process was stopped.'],
    });
    const few = missed('camera', 'inconclusive', {
      reason: 'no miss in 120 jobs is too little to show it; 299 jobs would',
    });
    const answer = answerOf(report('inconclusive', [scenario([task('camera')])], [few]));
    expect(answer.headline).toBe('Cannot tell yet: camera needs more jobs.');
    expect(answer.reasons[0]).toBe('A measurement of 16 s would tell, if nothing more is missed.');
  });

  it('is about a task that failed before anything else', () => {
    const broken = task('camera', { problem: { code: 'engine', message: 'no such file' } });
    expect(answerOf(report('fail', [scenario([broken])], []))).toEqual({
      headline: 'Does not run: camera failed.',
      reasons: ['camera: no such file.'],
    });
  });

  it('shows the scenario that it is about', () => {
    const [street, park] = [scenario([task('a')]), scenario([task('a', { late: 300 })], { name: 'park' })];
    const of = report('fail', [street, park], [missed('a', 'pass'), missed('a', 'fail', {}, 'park')]);
    expect(decisiveScenario(of)?.name).toBe('park');
  });
});
