/** When something happened on the device, on the host's clock. */

/** Rates of two clocks differ by less than this, ms per ms. */
const DRIFT = 100e-6;

/**
 * Two facts of every job bind the device's clock to the host's: what the job began with came after it was asked for, and what it ended
 * with came before its end was seen. The offset lies between; the tightest bounds of all jobs count, each opened by the drift that may
 * have happened since. So no job needs a measurement of its own, and a drift of the clocks is followed.
 */
export class DeviceClock {
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;
  /** Of the device, when the bounds were last used, ms. */
  #at = 0;

  /**
   * @param asked host time just before the first thing of a job was asked for, ms
   * @param seen host time just after its last was seen to be over, ms
   * @param began device time of the first thing, ms; `ended` of the last
   */
  bind(asked: number, seen: number, began: number, ended: number): void {
    const opened = DRIFT * Math.max(0, ended - this.#at);
    this.#at = ended;
    this.#low = Math.max(this.#low - opened, asked - began);
    this.#high = Math.min(this.#high + opened, seen - ended);
    // Rounding of the stamps may cross the bounds by less than a microsecond.
    if (this.#low > this.#high) {
      const middle = (this.#low + this.#high) / 2;
      this.#low = middle;
      this.#high = middle;
    }
  }

  /** Host time of a device time, ms. */
  toHost(device: number): number {
    return device + (this.#low + this.#high) / 2;
  }

  /** Half the width of the bounds: what a stamp may be off by, ms. */
  get uncertainty(): number {
    return (this.#high - this.#low) / 2;
  }
}
