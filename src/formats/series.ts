/** Samples of one system counter. A value describes the time from the sample before up to its own. */
export interface Series {
  /** Such as cpu.mean, cpu.3, ram_used, gpu.load, gpu.clock, temperature.gpu, power.VDD_IN. */
  readonly name: string;
  /** percent, bytes, MHz, C, mW, count. */
  readonly unit: string;
  /** The probe that read it. */
  readonly source: string;
  /** ns since the run origin. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}
