/** Streams that a session puts its runs on. */
import type { Priority } from '../../formats/pipeline/types.js';
import type { Cuda } from './cuda.js';

/**
 * One for the copies and one for the computing: a GPU does them on engines of their own, and what lies on one stream is stamped by the
 * engine that worked last, so that the change from one engine to the other would count as computing. Where the GPU reads the host's
 * memory itself there is nothing to copy, and both are one.
 */
export class Streams {
  readonly copies: number;
  readonly compute: number;
  readonly #cuda: Cuda;
  /** The copies in are over; 0 where there are none. */
  readonly #copiedIn: number;

  /** @param integrated the GPU shares its memory with the CPU */
  constructor(cuda: Cuda, priority: number, integrated: boolean) {
    this.#cuda = cuda;
    this.compute = cuda.stream(priority);
    this.copies = integrated ? this.compute : cuda.stream(priority);
    this.#copiedIn = integrated ? 0 : cuda.event('order');
  }

  /** What follows on the stream of the computing waits for the copies that were asked for. */
  computeAfterCopies(): void {
    if (this.#copiedIn === 0) return;
    this.#cuda.check(this.#cuda.call.cuEventRecord(this.#copiedIn, this.copies), 'record an event');
    this.#follow(this.compute, this.#copiedIn);
  }

  /** What follows on the stream of the copies waits for an event of the computing. */
  copiesAfter(computed: number): void {
    if (this.#copiedIn !== 0) this.#follow(this.copies, computed);
  }

  /** Waits until nothing runs. */
  settle(): void {
    for (const stream of new Set([this.copies, this.compute])) this.#cuda.call.cuStreamSynchronize(stream);
  }

  free(): void {
    if (this.#copiedIn !== 0) this.#cuda.call.cuEventDestroy_v2(this.#copiedIn);
    for (const stream of new Set([this.copies, this.compute])) this.#cuda.call.cuStreamDestroy_v2(stream);
  }

  #follow(stream: number, event: number): void {
    this.#cuda.check(this.#cuda.call.cuStreamWaitEvent(stream, event, 0), 'order its streams');
  }
}

/** Priority of a stream, and what to say where the GPU has none. */
export function streamPriority(cuda: Cuda, priority: Priority): { readonly value: number; readonly note?: string } {
  const { least, greatest } = cuda.priorities();
  const value = priority === 'high' ? greatest : priority === 'low' ? least : Math.trunc((least + greatest) / 2);
  if (least === greatest && priority !== 'normal') return { value, note: 'this GPU has no priorities of streams' };
  return { value };
}
