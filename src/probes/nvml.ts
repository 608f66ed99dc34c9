/** NVIDIA GPUs, asked through the driver's own library. */
import type { Problem } from '../base/problem.js';
import type { Reading } from '../formats/recording/tegrastats.js';
import { type GpuReading, Nvml } from '../machine/nvml.js';
import type { Probe, ProbeStart, RunningProbe } from './probe.js';

/** Names as nvidia-smi's probe has them; those of the second GPU and on carry its number. */
const SERIES: readonly (readonly [field: keyof GpuReading, name: string, unit: string])[] = [
  ['load', 'gpu.load', 'percent'],
  ['memoryLoad', 'gpu.memory_load', 'percent'],
  ['encoderLoad', 'gpu.encoder_load', 'percent'],
  ['decoderLoad', 'gpu.decoder_load', 'percent'],
  ['memoryUsed', 'gpu.memory_used', 'bytes'],
  ['memoryTotal', 'gpu.memory_total', 'bytes'],
  ['temperature', 'temperature.gpu', 'C'],
  ['power', 'power.GPU', 'mW'],
  ['energy', 'gpu.energy', 'mJ'],
  ['clock', 'gpu.clock', 'MHz'],
  ['memoryClock', 'gpu.memory_clock', 'MHz'],
  ['throttleReasons', 'gpu.throttle_reasons', 'mask'],
  ['eccCorrected', 'gpu.ecc_corrected', 'count'],
  ['eccUncorrected', 'gpu.ecc_uncorrected', 'count'],
];

const numbered = (name: string, index: number): string =>
  index === 0 ? name : name.replace(/gpu/i, (g) => `${g}.${index}`);

/** One reading as samples. */
export const readingsOf = (reading: GpuReading, index: number): Reading[] =>
  SERIES.flatMap(([field, name, unit]) => {
    const value = reading[field];
    return value === undefined ? [] : [{ name: numbered(name, index), unit, value }];
  });

let opened: Nvml | undefined | null = null;
const open = (): Nvml | undefined => {
  if (opened === null) opened = Nvml.open();
  return opened;
};

/** The probe of NVIDIA GPUs beside a PC or server. */
export const nvml: Probe = {
  id: 'nvml',

  unavailable(): Problem | undefined {
    return open()
      ? undefined
      : {
          code: 'backend',
          message: 'libnvidia-ml.so.1 is not here, or sees no GPU',
          hint: 'it comes with the NVIDIA driver; on Jetson use tegrastats',
        };
  },

  start({ intervalMs, processId, onSample }: ProbeStart): RunningProbe {
    const library = open();
    const gpus = Array.from({ length: library?.count ?? 0 }, (_, i) => i);
    /** Of the moment before, as asking takes 20 ms. */
    const bus = new Map<number, Reading[]>();
    let samples = 0;
    let cpuUs = 0;
    let asking = false;
    const askBus = async (): Promise<void> => {
      if (!library || asking) return;
      asking = true;
      for (const i of gpus) {
        const { received, sent } = await library.pcie(i);
        const entry = (what: string, value: number | undefined): Reading[] =>
          value === undefined ? [] : [{ name: numbered(`gpu.pcie_${what}`, i), unit: 'bytes per s', value }];
        bus.set(i, [...entry('received', received), ...entry('sent', sent)]);
      }
      asking = false;
    };
    const timer = setInterval(() => {
      const before = process.cpuUsage();
      const monotonic = process.hrtime.bigint();
      const pid = processId();
      const readings = gpus.flatMap((i) => {
        const own = pid === undefined ? undefined : library?.processMemory(i, pid);
        return [
          ...(library ? readingsOf(library.read(i), i) : []),
          ...(own === undefined ? [] : [{ name: numbered('gpu.process_memory', i), unit: 'bytes', value: own }]),
          ...(bus.get(i) ?? []),
        ];
      });
      void askBus();
      const { user, system } = process.cpuUsage(before);
      cpuUs += user + system;
      samples++;
      onSample({ monotonic, readings });
    }, intervalMs);
    return {
      async stop() {
        clearInterval(timer);
      },
      cost: () => ({ samples, ...(samples > 0 ? { cost_us: Math.round(cpuUs / samples) } : {}) }),
    };
  },
};
