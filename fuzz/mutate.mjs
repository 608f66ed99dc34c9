// Inputs -> other inputs: bytes, text and trees of JSON.
const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'null',
  'true',
  'NaN',
  'Infinity',
  '1e999',
  '-1e999',
  '-0',
  '0',
  '-1',
  '1',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '-9223372036854775808',
  '1e-320',
  '0.1',
  '',
  ' ',
  '\u0000',
  '\u001b[31m',
  '\ud800',
  '\ufffe',
  '%',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '\\',
  ',',
  ':',
  '/',
  '..',
  '<script>',
  '66 ms',
  '15 Hz',
  '30000/1001 Hz',
  '1 %',
  '6 GiB',
  '&a',
  '*a',
  '<<: *a',
  '- - - -',
  '? ',
  '|',
  '>',
  '#',
  'x'.repeat(5000),
  '['.repeat(300),
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  7,
  255,
  256,
  65535,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e300,
  -1e300,
  1e-300,
  0.5,
];
const MOST_BYTES = 200_000;

export function mutateBytes(input, random, others) {
  let bytes = Uint8Array.from(input);
  for (let n = 1 + random.below(6); n > 0; n--) {
    const at = random.below(Math.max(1, bytes.length));
    switch (random.below(8)) {
      case 0:
        bytes[at] ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        bytes = splice(bytes, at, random.below(16), new Uint8Array(0));
        break;
      case 3:
        bytes = splice(
          bytes,
          at,
          0,
          Uint8Array.from({ length: 1 + random.below(9) }, () => random.below(256)),
        );
        break;
      case 4: {
        const length = random.pick([1, 2, 4, 8]);
        const value = BigInt.asUintN(
          64,
          BigInt(random.pick([0, 1, -1, 127, 128, 255, 32767, 65535, 2 ** 31 - 1, 2 ** 31, -(2 ** 31)])),
        );
        for (let i = 0; i < length && at + i < bytes.length; i++)
          bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n);
        break;
      }
      case 5:
        bytes = bytes.slice(0, at);
        break;
      case 6: {
        const from = random.below(Math.max(1, bytes.length));
        bytes = splice(bytes, at, 0, bytes.slice(from, from + random.below(64)));
        break;
      }
      default: {
        const other = random.pick(others);
        const from = random.below(Math.max(1, other.length));
        bytes = splice(bytes, at, random.below(64), other.slice(from, from + random.below(256)));
      }
    }
  }
  return bytes.slice(0, MOST_BYTES);
}

function splice(bytes, at, removed, added) {
  const out = new Uint8Array(Math.max(0, bytes.length - Math.min(removed, bytes.length - at)) + added.length);
  out.set(bytes.subarray(0, at));
  out.set(added, at);
  out.set(bytes.subarray(Math.min(bytes.length, at + removed)), at + added.length);
  return out;
}

export function mutateText(input, random, others) {
  let text = input;
  for (let n = 1 + random.below(5); n > 0; n--) {
    const at = random.below(text.length + 1);
    switch (random.below(8)) {
      case 0:
        text = text.slice(0, at) + random.pick(WORDS) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + random.below(20));
        break;
      case 2: {
        const tokens = [...text.matchAll(/[\w.+-]+/g)];
        if (tokens.length === 0) break;
        const token = random.pick(tokens);
        text = text.slice(0, token.index) + random.pick(WORDS) + text.slice(token.index + token[0].length);
        break;
      }
      case 3: {
        const lines = text.split('\n');
        const [a, b] = [random.below(lines.length), random.below(lines.length)];
        [lines[a], lines[b]] = [lines[b], lines[a]];
        text = lines.join('\n');
        break;
      }
      case 4: {
        const lines = text.split('\n');
        const line = random.below(lines.length);
        lines.splice(line, random.below(3), lines[random.below(lines.length)]);
        text = lines.join('\n');
        break;
      }
      case 5:
        text = text.slice(0, at);
        break;
      case 6: {
        const digits = [...text.matchAll(/\d+/g)];
        if (digits.length === 0) break;
        const token = random.pick(digits);
        text = text.slice(0, token.index) + random.pick(NUMBERS) + text.slice(token.index + token[0].length);
        break;
      }
      default: {
        const other = random.pick(others);
        const from = random.below(other.length + 1);
        text = text.slice(0, at) + other.slice(from, from + random.below(300)) + text.slice(at);
      }
    }
  }
  return text.slice(0, MOST_BYTES);
}

/** Places of all values of a tree: the holder and the key. */
function placesOf(tree, found = []) {
  if (tree === null || typeof tree !== 'object' || found.length > 5000) return found;
  for (const key of Object.keys(tree)) {
    found.push([tree, key]);
    placesOf(tree[key], found);
  }
  return found;
}

const LEAVES = [
  null,
  true,
  false,
  '',
  'x',
  '__proto__',
  'constructor',
  [],
  {},
  [null],
  { version: 1 },
  'a'.repeat(3000),
  '\u001b[31mred',
  '\ud800',
  '\ufffe',
  ...NUMBERS,
];

export function mutateTree(input, random, others) {
  let tree;
  try {
    tree = JSON.parse(input);
  } catch {
    return mutateText(input, random, others);
  }
  for (let n = 1 + random.below(4); n > 0; n--) {
    const places = placesOf(tree);
    if (places.length === 0) break;
    const [holder, key] = random.pick(places);
    switch (random.below(7)) {
      case 0:
        holder[key] = structuredClone(random.pick(LEAVES));
        break;
      case 1:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
        break;
      case 2: {
        const [other, from] = random.pick(places);
        const copy = structuredClone(other[from]);
        if (JSON.stringify(copy ?? null).length < 20_000) holder[key] = copy;
        break;
      }
      case 3:
        if (Array.isArray(holder)) holder.push(structuredClone(holder[key]));
        else holder[random.pick(['__proto__x', 'constructor', 'extra', ''])] = structuredClone(random.pick(LEAVES));
        break;
      case 4:
        if (typeof holder[key] === 'number') holder[key] = random.pick(NUMBERS);
        else if (typeof holder[key] === 'string') holder[key] = mutateText(holder[key], random, others);
        break;
      case 5:
        if (Array.isArray(holder[key])) holder[key] = holder[key].slice(0, random.below(holder[key].length + 1));
        break;
      default:
        if (!Array.isArray(holder) && key !== 'version') {
          const value = holder[key];
          delete holder[key];
          Object.defineProperty(holder, random.pick(['__proto__', 'valueOf', key.toUpperCase()]), {
            value,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
    }
  }
  const text = JSON.stringify(tree).replaceAll('"1e999"', '1e999');
  return random.below(20) === 0 ? mutateText(text, random, others) : text.slice(0, MOST_BYTES);
}
