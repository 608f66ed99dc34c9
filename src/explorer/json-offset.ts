/** Where JSON goes wrong. The engines of some versions say it in their message, those of others do not. */

const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

/** No tool nests deeper; V8 gives up near here too. */
const MOST_DEEP = 5000;

type Expected = 'value' | 'first' | 'key' | 'firstKey' | 'colon' | 'comma';

/** @returns offset of the first character that no JSON text goes on with; the length when it ends too early */
export function errorOffset(text: string): number {
  const stack: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    take(SPACE);
    if (at >= text.length) return text.length;
    const char = text[at];
    const open = stack[stack.length - 1];
    if (
      (char === ']' && open === '[' && (expected === 'comma' || expected === 'first')) ||
      (char === '}' && open === '{' && (expected === 'comma' || expected === 'firstKey'))
    ) {
      stack.pop();
      at++;
      expected = 'comma';
    } else if (expected === 'colon' || expected === 'comma') {
      if (char !== (expected === 'colon' ? ':' : ',') || stack.length === 0) return at;
      at++;
      expected = expected === 'comma' && open === '{' ? 'key' : 'value';
    } else if (expected === 'key' || expected === 'firstKey') {
      if (!take(STRING)) return at;
      expected = 'colon';
    } else if (char === '[' || char === '{') {
      if (stack.length === MOST_DEEP) return at;
      stack.push(char);
      at++;
      expected = char === '[' ? 'first' : 'firstKey';
    } else {
      if (!take(STRING) && !take(SCALAR)) return at;
      expected = 'comma';
    }
  }
}
