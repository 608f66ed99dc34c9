/**
 * ProfileReport -> JUnit XML: a requirement is a test case, and so is the validity of each measurement. What could not be
 * told (too few samples, an invalid measurement) is an error, not a failure: nothing was shown either way.
 */
import { escapeXml } from '../base/text.js';
import type { ProfileReport, RequirementReport, ScenarioReport } from '../formats/report/report.js';
import { measuredText } from '../formats/report/requirement-words.js';
import { scenarioName } from './rows.js';

interface TestCase {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  /** The element inside, empty for one that passed. */
  readonly result: string;
}

function requirementCase(r: RequirementReport): TestCase {
  const text = [measuredText(r), r.reason].filter(Boolean).join('; ');
  const outcome = (tag: string): string =>
    `<${tag} message="${escapeXml(`${r.verdict}: ${text}`)}" type="${r.verdict}"/>`;
  const tags = { pass: '', fail: 'failure', inconclusive: 'error', not_applicable: 'skipped' } as const;
  const tag = tags[r.verdict];
  const result = tag === '' ? '' : tag === 'skipped' ? `<skipped message="${escapeXml(text)}"/>` : outcome(tag);
  return { suite: 'requirements', name: r.text, seconds: 0, result };
}

function scenarioCase(s: ScenarioReport): TestCase {
  const failed = s.findings.filter((f) => f.id === 'task_failed' || f.id === 'problem').map((f) => f.message);
  const reason = s.invalid_reason ?? 'the measurement is not valid';
  const result =
    failed.length > 0
      ? `<failure message="${escapeXml(failed.join('; '))}" type="failed"/>`
      : s.valid
        ? ''
        : `<error message="${escapeXml(reason)}" type="invalid"/>`;
  return { suite: 'measurement', name: `${scenarioName(s)} is valid`, seconds: s.duration_s, result };
}

/** Requirements as test cases. */
export function reportJunit(report: ProfileReport): string {
  const cases = [...report.scenarios.map(scenarioCase), ...report.requirements.map(requirementCase)];
  const suites = [...new Set(cases.map((c) => c.suite))].map((suite) => {
    const members = cases.filter((c) => c.suite === suite);
    const count = (tag: string): number => members.filter((c) => c.result.startsWith(`<${tag} `)).length;
    const lines = members.map((c) => {
      const head = `    <testcase classname="${escapeXml(`${report.pipeline}.${suite}`)}" name="${escapeXml(c.name)}" time="${c.seconds}"`;
      return c.result === '' ? `${head}/>` : `${head}>${c.result}</testcase>`;
    });
    return [
      `  <testsuite name="${escapeXml(`${report.pipeline}.${suite}`)}" tests="${members.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" timestamp="${escapeXml(report.created)}" hostname="${escapeXml(report.device.hostname)}">`,
      ...lines,
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeXml(report.pipeline)}" tests="${cases.length}">\n${suites.join('\n')}\n</testsuites>\n`;
}
