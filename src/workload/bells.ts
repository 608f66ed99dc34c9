/** Wakes workers that wait for each other: one word per worker, rung after something it may wait for has happened. */
export class Bells {
  readonly words: Int32Array;
  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
  }
  static allocate(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * 4);
  }
  ring(worker: number): void {
    Atomics.add(this.words, worker, 1);
    Atomics.notify(this.words, worker);
  }
  ringAll(): void {
    for (let i = 0; i < this.words.length; i++) this.ring(i);
  }
}
