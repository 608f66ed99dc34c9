/**
 * TensorRT's words for the format of a tensor -> element type and layout, by rule instead of by table, so that sentences
 * of versions to come are read too: `Thirty-two wide channel vectorized row major Int8 format` is INT8 NC/32HW32.
 */
import { dtypeOf, UNKNOWN_TYPE } from '../../formats/tensor/element-type.js';

const NUMBERS: Readonly<Record<string, number>> = {
  two: 2,
  four: 4,
  eight: 8,
  sixteen: 16,
  'thirty-two': 32,
  'sixty-four': 64,
};

/** What a sentence on a format says. */
export interface TensorFormat {
  readonly dtype: string;
  readonly layout?: string;
}

/** Layout of a sentence: major order, channels packed together, padding of the channels, number of spatial dimensions. */
function layoutOf(sentence: string): string | undefined {
  const space = /3 spatial dimensions/.test(sentence) ? 'DHW' : 'HW';
  const wide = /([\w-]+) wide channel vectorized/.exec(sentence)?.[1];
  if (wide !== undefined) {
    const k = NUMBERS[wide] ?? (Number(wide) || undefined);
    return k === undefined ? undefined : `NC/${k}${space}${k}`;
  }
  if (/channel major/.test(sentence)) {
    const k = /channel (?:%|==) (\d+)/.exec(sentence)?.[1];
    const single = k === undefined && /column stride %/.test(sentence) ? '1' : '';
    return `N${space}C${k ?? single}`;
  }
  return /row major/.test(sentence) ? `NC${space}` : undefined;
}

/** An engine has a dozen formats and thousands of tensors. */
const known = new Map<string, TensorFormat>();
const MOST_KNOWN = 1000;

/** @param format a sentence of TensorRT 8 to 10, or a bare type such as `Half` of Myelin layers and TensorRT 11 */
export function parseFormat(format: string): TensorFormat {
  const before = known.get(format);
  if (before) return before;
  const sentence = format.replaceAll('.', '').trim().toLowerCase();
  const words = sentence.split(/[\s(),:]+/);
  const type = words.map(dtypeOf).find((t) => t !== undefined);
  const layout = layoutOf(sentence);
  const found = { dtype: type?.dtype ?? UNKNOWN_TYPE, ...(layout === undefined ? {} : { layout }) };
  if (known.size < MOST_KNOWN) known.set(format, found);
  return found;
}
