/** NVIDIA's management library (libnvidia-ml): what nvidia-smi tells, without a program that is started and parsed. */
import koffi from 'koffi';

const P = 'void *';
const CALLS = {
  nvmlInit_v2: [],
  nvmlShutdown: [],
  nvmlSystemGetDriverVersion: [P, 'uint32_t'],
  nvmlDeviceGetCount_v2: [P],
  nvmlDeviceGetHandleByIndex_v2: ['uint32_t', P],
  nvmlDeviceGetName: [P, P, 'uint32_t'],
  nvmlDeviceGetUtilizationRates: [P, P],
  nvmlDeviceGetMemoryInfo: [P, P],
  nvmlDeviceGetTemperature: [P, 'int', P],
  nvmlDeviceGetPowerUsage: [P, P],
  nvmlDeviceGetTotalEnergyConsumption: [P, P],
  nvmlDeviceGetClockInfo: [P, 'int', P],
  nvmlDeviceGetMaxClockInfo: [P, 'int', P],
  nvmlDeviceGetCurrentClocksThrottleReasons: [P, P],
  nvmlDeviceGetPcieThroughput: [P, 'int', P],
  nvmlDeviceGetTotalEccErrors: [P, 'int', 'int', P],
  nvmlDeviceGetEncoderUtilization: [P, P, P],
  nvmlDeviceGetDecoderUtilization: [P, P, P],
  nvmlDeviceGetMigMode: [P, P, P],
  nvmlDeviceGetComputeRunningProcesses_v3: [P, P, P],
  nvmlDeviceGetMPSComputeRunningProcesses_v3: [P, P, P],
} as const satisfies Record<string, readonly string[]>;

type Name = keyof typeof CALLS;
type Call = ((...args: unknown[]) => number) & { readonly async: (...args: unknown[]) => void };

const SUCCESS = 0;
const NAME_BYTES = 96;
/** Bytes of `nvmlProcessInfo_t`: process, memory, two ids of a MIG instance. */
const PROCESS_BYTES = 24;
const MOST_PROCESSES = 128;
/** Memory that the driver does not tell. */
const NOT_TOLD = 0xffffffffffffffffn;
const CLOCK = { sm: 1, memory: 2 } as const;
const PCIE = { sent: 0, received: 1 } as const;
const ECC = { corrected: 0, uncorrected: 1 } as const;
/** Since the driver was loaded. */
const VOLATILE = 0;

const NAMES = ['libnvidia-ml.so.1', '/usr/lib/wsl/lib/libnvidia-ml.so.1'];

/** One reading of one GPU; what the GPU or the driver does not tell is absent. */
export interface GpuReading {
  /** Percent. */
  readonly load?: number;
  readonly memoryLoad?: number;
  readonly encoderLoad?: number;
  readonly decoderLoad?: number;
  /** Bytes. */
  readonly memoryUsed?: number;
  readonly memoryTotal?: number;
  /** °C */
  readonly temperature?: number;
  /** mW */
  readonly power?: number;
  /** mJ since the driver was loaded. */
  readonly energy?: number;
  /** MHz */
  readonly clock?: number;
  readonly memoryClock?: number;
  /** Bits of NVML's reasons. */
  readonly throttleReasons?: number;
  /** Since the driver was loaded. */
  readonly eccCorrected?: number;
  readonly eccUncorrected?: number;
}

/** What a GPU is and how it is shared. */
export interface GpuFacts {
  readonly name: string;
  readonly clockMaxMhz?: number;
  /** The GPU is cut into instances. */
  readonly mig: boolean;
  /** Programs share one context through a server. */
  readonly mps: boolean;
}

const cell = (): BigUint64Array<ArrayBuffer> => new BigUint64Array(new ArrayBuffer(16));

/** The library, started. */
export class Nvml {
  readonly #calls: Readonly<Partial<Record<Name, Call>>>;
  readonly #devices: readonly bigint[];
  readonly #words = new Uint32Array(new ArrayBuffer(8));
  readonly #other = new Uint32Array(new ArrayBuffer(8));
  readonly #long = cell();
  readonly #memory = new BigUint64Array(new ArrayBuffer(24));
  readonly #processes = new DataView(new ArrayBuffer(PROCESS_BYTES * MOST_PROCESSES));

  private constructor(calls: Readonly<Partial<Record<Name, Call>>>) {
    this.#calls = calls;
    const count = this.#call('nvmlDeviceGetCount_v2', this.#words) ? (this.#words[0] ?? 0) : 0;
    this.#devices = Array.from({ length: count }, (_, i) => {
      this.#call('nvmlDeviceGetHandleByIndex_v2', i, this.#long);
      return this.#long[0] ?? 0n;
    });
  }

  /** Undefined where there is no such library, or no GPU. */
  static open(): Nvml | undefined {
    for (const name of [process.env.NVML_LIB, ...NAMES]) {
      if (!name) continue;
      try {
        const library = koffi.load(name);
        const calls = Object.fromEntries(
          Object.entries(CALLS).flatMap(([call, args]) => {
            try {
              return [[call, library.func(call, 'int', [...args]) as Call]];
            } catch {
              // An older driver lacks it.
              return [];
            }
          }),
        ) as Partial<Record<Name, Call>>;
        if (calls.nvmlInit_v2?.() !== SUCCESS) return undefined;
        const nvml = new Nvml(calls);
        return nvml.count > 0 ? nvml : undefined;
      } catch {
        // Not here under this name.
      }
    }
    return undefined;
  }

  get count(): number {
    return this.#devices.length;
  }

  get driver(): string | undefined {
    return this.#text('nvmlSystemGetDriverVersion');
  }

  facts(index: number): GpuFacts {
    const device = this.#devices[index];
    const max = this.#number('nvmlDeviceGetMaxClockInfo', device, CLOCK.sm);
    const mig = this.#call('nvmlDeviceGetMigMode', device, this.#words, this.#other) && this.#words[0] === 1;
    this.#words[0] = 0;
    const mps = this.#call('nvmlDeviceGetMPSComputeRunningProcesses_v3', device, this.#words, null);
    return {
      name: this.#text('nvmlDeviceGetName', device) ?? 'GPU',
      ...(max === undefined ? {} : { clockMaxMhz: max }),
      mig,
      // With programs under it, the list that was not asked for does not fit.
      mps: !mps && (this.#words[0] ?? 0) > 0,
    };
  }

  read(index: number): GpuReading {
    const device = this.#devices[index];
    const rates = this.#call('nvmlDeviceGetUtilizationRates', device, this.#words)
      ? { load: this.#words[0] ?? 0, memoryLoad: this.#words[1] ?? 0 }
      : {};
    const memory = this.#call('nvmlDeviceGetMemoryInfo', device, this.#memory)
      ? { memoryTotal: Number(this.#memory[0]), memoryUsed: Number(this.#memory[2]) }
      : {};
    const encoder = this.#pair('nvmlDeviceGetEncoderUtilization', device);
    const decoder = this.#pair('nvmlDeviceGetDecoderUtilization', device);
    const numbers = {
      temperature: this.#number('nvmlDeviceGetTemperature', device, 0),
      power: this.#number('nvmlDeviceGetPowerUsage', device),
      energy: this.#large('nvmlDeviceGetTotalEnergyConsumption', device),
      clock: this.#number('nvmlDeviceGetClockInfo', device, CLOCK.sm),
      memoryClock: this.#number('nvmlDeviceGetClockInfo', device, CLOCK.memory),
      throttleReasons: this.#large('nvmlDeviceGetCurrentClocksThrottleReasons', device),
      eccCorrected: this.#large('nvmlDeviceGetTotalEccErrors', device, ECC.corrected, VOLATILE),
      eccUncorrected: this.#large('nvmlDeviceGetTotalEccErrors', device, ECC.uncorrected, VOLATILE),
      encoderLoad: encoder,
      decoderLoad: decoder,
    };
    const told = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
    return { ...rates, ...memory, ...told };
  }

  /** Memory of the device that a process has, bytes; undefined where the driver does not tell it. */
  processMemory(index: number, pid: number): number | undefined {
    this.#words[0] = MOST_PROCESSES;
    const list = new Uint8Array(this.#processes.buffer);
    if (!this.#call('nvmlDeviceGetComputeRunningProcesses_v3', this.#devices[index], this.#words, list))
      return undefined;
    for (let i = 0; i < (this.#words[0] ?? 0); i++) {
      const at = i * PROCESS_BYTES;
      if (this.#processes.getUint32(at, true) !== pid) continue;
      const bytes = this.#processes.getBigUint64(at + 8, true);
      return bytes === NOT_TOLD ? undefined : Number(bytes);
    }
    return undefined;
  }

  /** Bytes per second over the last 20 ms, for which the driver waits; so it waits in a thread of its own. */
  async pcie(index: number): Promise<{ readonly received?: number; readonly sent?: number }> {
    const ask = (which: number): Promise<number | undefined> =>
      new Promise((resolve) => {
        const call = this.#calls.nvmlDeviceGetPcieThroughput;
        const out = new Uint32Array(new ArrayBuffer(8));
        if (!call) return resolve(undefined);
        call.async(this.#devices[index], which, out, (_error: unknown, result: number) =>
          resolve(result === SUCCESS ? (out[0] ?? 0) * 1024 : undefined),
        );
      });
    const received = await ask(PCIE.received);
    const sent = await ask(PCIE.sent);
    return { ...(received === undefined ? {} : { received }), ...(sent === undefined ? {} : { sent }) };
  }

  close(): void {
    this.#call('nvmlShutdown');
  }

  #call(name: Name, ...args: unknown[]): boolean {
    return this.#calls[name]?.(...args) === SUCCESS;
  }

  #number(name: Name, ...args: unknown[]): number | undefined {
    return this.#call(name, ...args, this.#words) ? this.#words[0] : undefined;
  }

  #large(name: Name, ...args: unknown[]): number | undefined {
    return this.#call(name, ...args, this.#long) ? Number(this.#long[0]) : undefined;
  }

  #pair(name: Name, device: bigint | undefined): number | undefined {
    return this.#call(name, device, this.#words, this.#other) ? this.#words[0] : undefined;
  }

  #text(name: Name, ...args: unknown[]): string | undefined {
    const bytes = new Uint8Array(new ArrayBuffer(NAME_BYTES));
    if (!this.#call(name, ...args, bytes, NAME_BYTES)) return undefined;
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }
}
