import { describe, expect, it } from 'vitest';
import type { ProfileReport } from '../formats/report/report.js';
import { writeReport } from './formats.js';

const distribution = { n: 449, min: 20, mean: 30.5, sd: 1, p50: 30, p90: 33, max: 60 };
const report = (more: Partial<ProfileReport> = {}): ProfileReport => ({
  version: 1,
  tool: { name: 'infersight', version: '0.1.0' },
  pipeline: 'robot',
  created: '2026-11-20T14:09:00Z',
  device: {
    hostname: 'bench',
    os: 'linux',
    arch: 'x64',
    kernel: '6',
    cpus: 2,
    memory: 1,
    gpu: [],
    versions: {},
  },
  engines: [],
  scenarios: [
    {
      name: 'street',
      mode: 'periodic',
      load: 'open',
      duration_s: 30,
      valid: true,
      system: [],
      findings: [{ id: 'drift', severity: 'warning', message: 'it drifts', advice: 'wait', evidence: {} }],
      tasks: [
        {
          name: '=cmd|<script>"x", y',
          model: 'detector',
          rate_hz: 15,
          deadline_ms: 66,
          released: 450,
          completed: 449,
          dropped: { superseded: 1 },
          in_flight: 0,
          late: 2,
          miss_ratio: 0.00667,
          throughput_hz: 14.97,
          response_ms: distribution,
          service_ms: distribution,
          queue_wait_ms: distribution,
          release_error_ms: distribution,
        },
      ],
    },
  ],
  requirements: [
    { text: 'street/detector p99 <= 60 ms', verdict: 'pass', measured: { p99_ms: 41.2 } },
    { text: 'a < b & "c"\u0007', verdict: 'fail', measured: { misses: 9 }, reason: 'too late' },
    { text: 'rare', verdict: 'inconclusive', measured: { max: 824741888, unit: 'bytes' }, reason: 'too few samples' },
  ],
  verdict: 'fail',
  ...more,
});

/** A reader of well-formed XML, small but strict: every element closes, every attribute is quoted, no stray markup. */
function elements(xml: string): { name: string; attributes: Record<string, string> }[] {
  const body = xml.replace(/^<\?xml[^>]*\?>\n/, '');
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  const token = /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let m = token.exec(body); m; m = token.exec(body)) {
    at = token.lastIndex;
    const [, closing, name, attributes = '', empty, text] = m;
    if (text !== undefined) expect(text.trim()).toBe('');
    else if (closing) expect(open.pop()).toBe(name);
    else {
      found.push({
        name,
        attributes: Object.fromEntries([...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, k, v]) => [k, v])),
      });
      if (!empty) open.push(name);
    }
  }
  expect([at, open]).toEqual([body.length, []]);
  return found;
}

describe('forms of a report', () => {
  it('junit: a requirement is a test case', () => {
    const xml = writeReport(report(), 'junit');
    const all = elements(xml);
    expect(all.filter((e) => e.name === 'testcase')).toHaveLength(4);
    expect(all.filter((e) => e.name === 'failure')).toHaveLength(1);
    expect(all.filter((e) => e.name === 'error')).toHaveLength(1);
    expect(all.find((e) => e.attributes.name === 'robot.requirements')?.attributes).toMatchObject({
      tests: '3',
      failures: '1',
      errors: '1',
    });
    expect(xml).toContain('name="a &#60; b &#38; &#34;c&#34;\uFFFD"');
    expect(xml).toContain('fail: misses 9; too late');
    const invalid = report();
    invalid.scenarios[0].valid = false;
    invalid.scenarios[0].invalid_reason = 'the generator was late';
    expect(writeReport(invalid, 'junit')).toContain('<error message="the generator was late" type="invalid"/>');
  });
  it('markdown: tables, with names as text', () => {
    const text = writeReport(report(), 'markdown');
    expect(text).toContain('# ❌ robot: fail');
    expect(text).toContain('| ✅ street/detector p99 &lt;= 60 ms | p99\\_ms 41.2 |  |');
    expect(text).toContain('| 15 | 66 | 0.67 % | 30.00 | – | 60.00 | 449/450 | 2 | 1 | 30.00 |');
    // What failed stands first, what holds is folded away.
    expect(text.indexOf('❌ a &lt;')).toBeLessThan(text.indexOf('<details>'));
    expect(text.indexOf('<details>')).toBeLessThan(text.indexOf('✅'));
    expect(text).toContain('| ⚠️ rare | max 786.5 MiB | too few samples |');
    expect(text).not.toContain('<script>');
    expect(text).toContain('- **warning** it drifts. wait');
    for (const line of text.split('\n').filter((l) => l.startsWith('|'))) expect(line.endsWith('|')).toBe(true);
  });
  it('csv: a row per task, quoted, and no formula', () => {
    const [head, row, end] = writeReport(report(), 'csv').split('\r\n');
    expect(end).toBe('');
    expect(head.startsWith('scenario,task,model,rate_hz,deadline_ms,released')).toBe(true);
    expect(row.startsWith(`street,"'=cmd|<script>""x"", y",detector,15,66,450,449,2,1,0,0.00667,14.97,,449,20`)).toBe(
      true,
    );
    expect(writeReport(report({ scenarios: [] }), 'csv')).toBe('');
  });
  it('json: the report itself', () => expect(JSON.parse(writeReport(report(), 'json'))).toEqual(report()));
});
