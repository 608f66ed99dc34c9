/** A lock between threads, one word in shared memory: 0 free, 1 taken. */

/** Runs `use` while no other thread is in code that holds the lock. */
export function withLock<T>(word: Int32Array | undefined, use: () => T): T {
  if (!word) return use();
  while (Atomics.compareExchange(word, 0, 0, 1) !== 0) Atomics.wait(word, 0, 1);
  try {
    return use();
  } finally {
    Atomics.store(word, 0, 0);
    Atomics.notify(word, 0, 1);
  }
}
