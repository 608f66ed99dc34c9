/** TensorRT's log and the progress of a build, as lines of text that a parent process and a person read. */
import { type Callback, makeLogger, type Progress, type Severity } from './callbacks.js';
import type { TrtLibrary } from './library.js';

const LETTERS: Readonly<Record<Severity, string>> = {
  'internal error': 'F',
  error: 'E',
  warning: 'W',
  info: 'I',
  verbose: 'V',
};
/** Before a line that tells progress. */
const PROGRESS = '[progress] ';
/** Between two lines of progress of one phase, ms. */
const PROGRESS_MS = 1000;

/** How far a build is. */
export interface ProgressLine {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
}

/** Undefined for a line that tells none. */
export function readProgress(line: string): ProgressLine | undefined {
  if (!line.startsWith(PROGRESS)) return undefined;
  const [, step, steps, phase = ''] = /^(\d+)\/(\d+) (.*)$/.exec(line.slice(PROGRESS.length)) ?? [];
  return step === undefined ? undefined : { phase, step: Number(step), steps: Number(steps) };
}

const two = (n: number): string => String(n).padStart(2, '0');
const stamp = (d: Date): string =>
  `${two(d.getMonth() + 1)}/${two(d.getDate())}/${d.getFullYear()}-${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

/** The log of one build. */
export class BuildLog {
  /** Texts of errors, in order. */
  readonly errors: string[] = [];
  readonly #write: (line: string) => void;
  /** Since the last call. */
  #recent: string[] = [];

  /** @param write gets each line, in the form of trtexec's log */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  say(severity: Severity, text: string): void {
    if (severity === 'error' || severity === 'internal error') this.errors.push(text);
    this.#recent.push(text);
    this.#write(`[${stamp(new Date())}] [${LETTERS[severity]}] [TRT] ${text.replaceAll('\n', ' ')}`);
  }

  /** Texts since the last call. */
  recent(): string[] {
    const texts = this.#recent;
    this.#recent = [];
    return texts;
  }

  /** A logger for TensorRT. */
  listen(library: TrtLibrary): Callback {
    return makeLogger(library, (severity, text) => this.say(severity, text));
  }

  /** @param goOn false ends the build */
  progress(goOn: () => boolean): Progress {
    const phases = new Map<string, { steps: number; told: number }>();
    return {
      phase: (name, _parent, steps) => {
        phases.set(name, { steps, told: 0 });
      },
      step: (name, step) => {
        const phase = phases.get(name);
        const now = performance.now();
        if (phase && now - phase.told > PROGRESS_MS) {
          phase.told = now;
          this.#write(`${PROGRESS}${step}/${phase.steps} ${name}`);
        }
        return goOn();
      },
      done: (name) => {
        phases.delete(name);
      },
    };
  }
}
