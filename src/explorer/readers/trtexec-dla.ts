/** The lines of a build log that say which layers run on the DLA, which on the GPU, and why a layer left the DLA. */
import type { DlaFallback } from '../engine-log.js';

const FALLBACKS: readonly RegExp[] = [
  /^Layer '(?<layer>.+)' \((?<type>[^)]*)\): Unsupported on DLA\. Switching this layer's device type to GPU\.$/,
  /^Default DLA is enabled but layer (?<layer>.+) is not (?:supported|running) on DLA, falling back to GPU\.$/,
  /^(?<reason>DLA supports only \d+ subgraphs per DLA core)\. Switching to GPU for layer (?<layer>.+)$/,
];
/** Stands for every layer that was to run on the DLA. */
const ALL_LAYERS = 'all layers';
const NO_REASON = 'TensorRT tells no reason; see the support matrix of the DLA for this operator';

/** Collects what a log says of layers on a DLA, line by line. */
export class DlaReader {
  readonly #dla: string[] = [];
  readonly #gpu: string[] = [];
  readonly #fallbacks: DlaFallback[] = [];
  /** Behind the old heading, names come as one list with commas. */
  #list: string[] | undefined;
  #before = '';

  /** True when the line was about placement. */
  take(line: string): boolean {
    const text = line.trim();
    const hit = this.#heading(text) || this.#placed(text) || this.#fallback(text) || this.#named(text);
    if (text !== '') this.#before = text;
    return hit;
  }

  #heading(text: string): boolean {
    const found = /^-{3,} ?Layers running on (DLA|GPU)(:| -{3,})\s*(.*)$/i.exec(text);
    if (!found) return false;
    this.#list = found[2] === ':' ? (found[1].toUpperCase() === 'DLA' ? this.#dla : this.#gpu) : undefined;
    if (this.#list && found[3]) this.#list.push(...names(found[3]));
    return true;
  }

  #placed(text: string): boolean {
    const found = /^\[(Dla|Gpu)Layer\] (.+)$/.exec(text);
    if (!found) return false;
    // `CONVOLUTION: conv1`, in older versions the name alone.
    const name = found[2].replace(/^[A-Z][A-Z0-9_]+: /, '');
    (found[1] === 'Dla' ? this.#dla : this.#gpu).push(name);
    return true;
  }

  #fallback(text: string): boolean {
    const all = /^(?<reason>.*\bDLA\b.*?)\.? All dla layers are falling back to GPU/i.exec(text)?.groups;
    if (all) {
      this.#fallbacks.push({ layer: ALL_LAYERS, reason: all.reason ?? NO_REASON });
      return true;
    }
    for (const pattern of FALLBACKS) {
      const found = pattern.exec(text)?.groups;
      if (!found) continue;
      const type = found.type ? { type: found.type } : {};
      this.#fallbacks.push({ layer: found.layer, ...type, reason: found.reason ?? this.#reasonFor(found.layer) });
      return true;
    }
    return false;
  }

  /** The reason stands in the line before, which names the layer. */
  #reasonFor(layer: string): string {
    const before = this.#before;
    if (!/DLA/.test(before) || FALLBACKS.some((p) => p.test(before))) return NO_REASON;
    if (before.startsWith(`${layer}: `)) return before.slice(layer.length + 2);
    return before.includes(layer) ? before : NO_REASON;
  }

  /** Lines behind the old heading, until something else comes. */
  #named(text: string): boolean {
    if (!this.#list || text === '') return false;
    if (!text.includes(',') && !/^\{/.test(text)) {
      this.#list = undefined;
      return false;
    }
    this.#list.push(...names(text));
    return true;
  }

  result(): { dla: readonly string[]; gpu: readonly string[]; fallbacks: readonly DlaFallback[] } {
    return { dla: this.#dla, gpu: this.#gpu, fallbacks: this.#fallbacks };
  }
}

/** `{a,b}, c,` : a brace holds the layers of one DLA subgraph. */
const names = (text: string): string[] =>
  (text.match(/\{[^}]*\}|[^,]+/g) ?? []).map((n) => n.trim()).filter((n) => n !== '');
