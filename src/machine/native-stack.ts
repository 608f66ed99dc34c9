/** The stack that native code is called on, which is not the thread's own. */
import koffi from 'koffi';

/** Builders and loaders of engines need much more than is given by default, and die without a word when they are short of it. */
const BYTES = 15 * 2 ** 20;

/** Called before a thread loads its first library; later it changes nothing. */
export function growNativeStack(): void {
  try {
    koffi.config({ sync_stack_size: BYTES, async_stack_size: BYTES });
  } catch {
    // This thread has called native code already, with the stack that there was.
  }
}
