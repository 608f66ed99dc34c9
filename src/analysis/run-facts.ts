/** What a run was made with, as names and values: what may explain that it differs from another. */
import type { ProfileReport } from '../formats/report/report.js';

/** What is known of a run beside its report. */
export interface RunOrigin {
  readonly commit?: string | undefined;
  /** Of pipeline.yaml, SHA-256. */
  readonly pipelineSha256?: string | undefined;
}

const SHORT = 12;

/** Versions, device, settings of the device, engines; the empty ones are left out. */
export function runFacts(
  { device, engines, tool }: ProfileReport,
  { commit, pipelineSha256 }: RunOrigin,
): Record<string, string> {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['commit', commit],
    ['pipeline.yaml', pipelineSha256?.slice(0, SHORT)],
    ['infersight', tool.version],
    ['device', device.model ?? device.hostname],
    ['kernel', device.kernel],
    ['power mode', device.power_mode],
    ['clocks', device.clocks_locked === undefined ? undefined : device.clocks_locked ? 'locked' : 'not locked'],
    ...Object.entries(device.versions).map(([k, v]) => [`version of ${k}`, v] as const),
    ...engines.map(
      (e) =>
        [
          `engine ${e.model} (${e.accelerator})`,
          `${e.backend} ${e.backend_version ?? ''} ${e.precision} ${e.sha256.slice(0, SHORT)}`,
        ] as const,
    ),
  ];
  return Object.fromEntries(facts.filter((f): f is [string, string] => f[1] !== undefined && f[1] !== ''));
}
