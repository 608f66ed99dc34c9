/**
 * Power modes of a Jetson, by its own program `nvpmodel`. Modes stand in /etc/nvpmodel.conf as `< POWER_MODEL ID=2 NAME=15W >`
 * (NVIDIA Jetson Linux Developer Guide, "Supported Modes and Power Efficiency").
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fail } from '../base/problem.js';

/** One mode. */
export interface PowerMode {
  /** Digits. */
  readonly id: string;
  /** `MAXN`, `15W`; empty where only its number is known. */
  readonly name: string;
}

const CONFIGURATION = '/etc/nvpmodel.conf';
/** Named by tests. */
const VARIABLE = 'NVPMODEL_CONF';
const LIMIT_MS = 30_000;

function configuration(): string {
  try {
    return readFileSync(process.env[VARIABLE] ?? CONFIGURATION, 'utf8');
  } catch {
    return '';
  }
}

/** Modes that the board has; none where its list cannot be read. */
export const powerModes = (text: string = configuration()): PowerMode[] =>
  [...text.matchAll(/^<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)\s*>/gm)].map(([, id = '', name = '']) => ({ id, name }));

const textOf = (mode: PowerMode): string => (mode.name ? `${mode.name} (${mode.id})` : mode.id);

/** The mode of a number or a name. @throws ProblemError `usage` for one that the board does not have */
export function powerModeOf(asked: string, modes: readonly PowerMode[] = powerModes()): PowerMode {
  const found = modes.find((m) => m.id === asked || m.name.toLowerCase() === asked.toLowerCase());
  if (found) return found;
  if (modes.length === 0 && /^\d+$/.test(asked)) return { id: asked, name: '' };
  return fail(
    'usage',
    `nvpmodel: there is no power mode "${asked}"`,
    modes.length > 0 ? `this board has ${modes.map(textOf).join(', ')}` : `${CONFIGURATION} lists those of a Jetson`,
  );
}

/** The mode that the board is in. @throws ProblemError `run` where there is none */
export function currentPowerMode(): PowerMode {
  const { stdout, error } = spawnSync('nvpmodel', ['-q'], { encoding: 'utf8', timeout: LIMIT_MS });
  const name = /NV Power Mode\s*:\s*(.+)/.exec(stdout ?? '')?.[1]?.trim() ?? '';
  const id = /^\d+$/m.exec(stdout ?? '')?.[0];
  if (id !== undefined) return { id, name };
  return fail(
    'run',
    error ? 'nvpmodel is not here' : 'nvpmodel -q does not say the power mode',
    'power modes are those of a Jetson',
  );
}

/** Sets the mode, and sees that it is set. @throws ProblemError `run` */
export function setPowerMode({ id, name }: PowerMode): void {
  const [program, ...before] = process.getuid?.() === 0 ? ['nvpmodel'] : ['sudo', '-n', 'nvpmodel'];
  // A mode that needs a restart of the board asks for it: no.
  const { stdout, stderr } = spawnSync(program as string, [...before, '-m', id], {
    encoding: 'utf8',
    input: 'no\n',
    timeout: LIMIT_MS,
  });
  const now = currentPowerMode();
  if (now.id === id) return;
  const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').at(-1) ?? '';
  fail(
    'run',
    `the power mode did not become ${textOf({ id, name })}, it is ${textOf(now)}${said ? `: ${said}` : ''}`,
    /reboot/i.test(`${stdout}${stderr}`)
      ? `this mode needs a restart of the board: sudo nvpmodel -m ${id}, restart, and sweep the other values there`
      : 'nvpmodel -m needs root: run as root, or allow sudo nvpmodel without a password',
  );
}
