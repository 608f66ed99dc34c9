/** Names of Kubernetes objects and Airflow tasks. */

/** Objects are called at most this long, so that the names of their pods fit too. */
const LONGEST = 52;

/** A label of RFC 1123 that is another for every other input. */
export function objectName(...parts: readonly string[]): string {
  const text = parts.join('-');
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (plain === text && plain.length <= LONGEST) return plain;
  return `${plain.slice(0, LONGEST - 9).replace(/-+$/, '')}-${shortHash(text)}`;
}

/** Eight digits of FNV-1a, for names; not for trust. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** Of a stage, as Airflow allows it: `build:detector@gpu-1` -> `build.detector.gpu-1`. */
export const taskName = (stage: string): string => stage.replace(/[^A-Za-z0-9_.-]/g, '.');
