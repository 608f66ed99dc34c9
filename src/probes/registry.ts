import { suggest } from '../base/nearest.js';
import type { Problem } from '../base/problem.js';
import { linux } from './linux.js';
import { nvidiaSmi } from './nvidia-smi.js';
import { nvml } from './nvml.js';
import type { Probe } from './probe.js';
import { tegrastats } from './tegrastats.js';

const PROBES: readonly Probe[] = [linux, tegrastats, nvml, nvidiaSmi];
/** What asks the library and what reads the program's lines tell the same. */
const REPLACED_BY: Readonly<Record<string, Probe>> = { 'nvidia-smi': nvml };

const isReplaced = ({ id }: Probe): boolean => {
  const better = REPLACED_BY[id];
  return better !== undefined && !better.unavailable();
};

/** In the order in which they are tried. */
export const allProbes = (): readonly Probe[] => PROBES;

/** The probes to run; a named one that is unknown or does not work here is a problem, an automatic one is left out. */
export function chooseProbes(use: 'auto' | readonly string[]): { probes: Probe[]; problems: Problem[] } {
  if (use === 'auto')
    return {
      probes: PROBES.filter((p) => !p.unavailable() && !isReplaced(p)),
      problems: [],
    };
  const problems: Problem[] = [];
  const probes = use.flatMap((id) => {
    const probe = PROBES.find((p) => p.id === id);
    const problem: Problem | undefined = probe
      ? probe.unavailable()
      : {
          code: 'config',
          message: `there is no probe "${id}"`,
          hint: suggest(
            id,
            PROBES.map((p) => p.id),
          ),
        };
    if (problem) problems.push({ ...problem, message: `probe ${id}: ${problem.message}` });
    return probe && !problem ? [probe] : [];
  });
  return { probes, problems };
}
