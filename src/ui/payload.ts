/** The data that a page carries inside itself, in script elements by id, as gzip and base64. */

/** Large parts stand behind the script, so that a page shows something before they have come. */
const parsed = (): Promise<void> =>
  document.readyState === 'loading'
    ? new Promise((done) => document.addEventListener('DOMContentLoaded', () => done(), { once: true }))
    : Promise.resolve();

/** @throws when the page is damaged */
export async function readBytes(id: string): Promise<Uint8Array> {
  // Something stands behind every part that has come as a whole.
  if (!document.getElementById(id)?.nextSibling) await parsed();
  const text = document.getElementById(id)?.textContent ?? '';
  const packed = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @throws when the page is damaged */
export const readPayload = async <T>(): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await readBytes('data'))) as T;
