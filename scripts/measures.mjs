// Measures of the code under src/, by its syntax tree: lengths of functions, classes and files, casts, exports without a
// sentence, import cycles, names of backends outside their rooms. `node scripts/measures.mjs [FOLDER]` prints a table;
// the walls of the house (test/walls.test.ts) read the same numbers.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const sources = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(path) && !/\.(d|test)\.tsx?$/.test(path) ? [path] : [];
  });

/** Rooms in which a backend may be called by its name: its own, its card, and readers of its files. */
export const NAMED_ROOMS =
  /^src\/(formats\/backends|backends\/(onnxruntime|synthetic|tensorrt)|explorer\/(readers|tensorrt))\//;
const BACKEND_NAMES = /['"`](onnxruntime|synthetic|tensorrt)['"`]/gi;

const quantile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)] ?? 0;

/** Nearest-rank quantiles of a list. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    n: sorted.length,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
  };
}

const isFunction = (node) =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isAccessor(node);

const nameOf = (node) =>
  node.name?.getText() ??
  (node.parent && (ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent))
    ? node.parent.name.getText()
    : '');

const hasSentence = (node) => (ts.getJSDocCommentsAndTags(node).length ?? 0) > 0;

/** Everything that is exported here under a name, with whether a sentence stands before it. */
function exportsOf(file) {
  const found = [];
  for (const statement of file.statements) {
    const exported = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)
      : false;
    if (!exported) continue;
    const names = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((d) => d.name.getText())
      : [statement.name?.getText() ?? 'default'];
    for (const name of names) found.push({ name, sentence: hasSentence(statement) });
  }
  return found;
}

/** @returns lengths and counts of one file */
function measureFile(path, root) {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position) => file.getLineAndCharacterOfPosition(position).line + 1;
  const lengthOf = (node) => lineOf(node.end) - lineOf(node.getStart()) + 1;
  const functions = [];
  const classes = [];
  let casts = 0;
  let anys = 0;
  const visit = (node) => {
    const place = `${relative(root, path)}:${lineOf(node.getStart())}`;
    if (isFunction(node) && node.body) functions.push({ place, name: nameOf(node), lines: lengthOf(node) });
    if (ts.isClassDeclaration(node) || ts.isClassExpression(node))
      classes.push({ place, name: nameOf(node), lines: lengthOf(node) });
    if (ts.isAsExpression(node) && node.type.getText() !== 'const') casts++;
    if (node.kind === ts.SyntaxKind.AnyKeyword) anys++;
    ts.forEachChild(node, visit);
  };
  visit(file);
  const imports = file.statements
    .filter((s) => (ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) && s.moduleSpecifier)
    .map((s) => s.moduleSpecifier.text)
    .filter((s) => s.startsWith('.'))
    .map((s) => normalize(join(dirname(path), s)));
  const own = relative(root, path);
  const named = NAMED_ROOMS.test(own) ? 0 : (text.match(BACKEND_NAMES) ?? []).length;
  return {
    path: own,
    lines: text.split('\n').length,
    functions,
    classes,
    casts,
    doubleCasts: (text.match(/\bas (unknown|never|any)\b/g) ?? []).length,
    anys,
    exports: exportsOf(file),
    imports,
    named,
  };
}

/** Strongly connected groups of more than one file. */
function cyclesOf(files, root) {
  const index = new Map(files.map((f, i) => [f.path.replace(/\.tsx?$/, ''), i]));
  const edges = files.map((f) =>
    f.imports.flatMap((i) => index.get(relative(root, i).replace(/\.(js|tsx?)$/, '')) ?? []),
  );
  const number = new Array(files.length).fill(-1);
  const low = new Array(files.length).fill(0);
  const stack = [];
  const on = new Set();
  let next = 0;
  let cycles = 0;
  const visit = (v) => {
    number[v] = low[v] = next++;
    stack.push(v);
    on.add(v);
    for (const w of edges[v]) {
      if (number[w] < 0) {
        visit(w);
        low[v] = Math.min(low[v], low[w]);
      } else if (on.has(w)) low[v] = Math.min(low[v], number[w]);
    }
    if (low[v] !== number[v]) return;
    let size = 0;
    for (;;) {
      const w = stack.pop();
      on.delete(w);
      size++;
      if (w === v) break;
    }
    if (size > 1) cycles++;
  };
  for (let v = 0; v < files.length; v++) if (number[v] < 0) visit(v);
  return cycles;
}

/** @param root folder that holds src/ */
export function measure(root) {
  const files = sources(join(root, 'src')).map((path) => measureFile(path, root));
  const all = (pick) => files.flatMap(pick);
  const exported = all((f) => f.exports.map((e) => ({ ...e, path: f.path })));
  return {
    files,
    functions: all((f) => f.functions),
    classes: all((f) => f.classes),
    casts: all((f) => [f.casts]).reduce((a, b) => a + b, 0),
    doubleCasts: all((f) => [f.doubleCasts]).reduce((a, b) => a + b, 0),
    anys: all((f) => [f.anys]).reduce((a, b) => a + b, 0),
    cycles: cyclesOf(files, root),
    named: files.filter((f) => f.named > 0).map((f) => ({ path: f.path, times: f.named })),
    exported: exported.length,
    silent: exported.filter((e) => !e.sentence),
  };
}

function print(root) {
  const m = measure(root);
  const row = (name, value) => console.log(`${name.padEnd(44)} ${value}`);
  const of = (values) => {
    const { n, p50, p90, p99, max } = spread(values);
    return `n ${n}, p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`;
  };
  row('files, lines', of(m.files.map((f) => f.lines)));
  row('functions, lines', of(m.functions.map((f) => f.lines)));
  row('named functions, lines', of(m.functions.filter((f) => f.name).map((f) => f.lines)));
  row('functions over 60 lines', m.functions.filter((f) => f.lines > 60).length);
  row('classes, lines', of(m.classes.map((c) => c.lines)));
  row('classes over 200 lines', m.classes.filter((c) => c.lines > 200).length);
  row('import cycles', m.cycles);
  row('casts (as)', `${m.casts}, through unknown, never or any ${m.doubleCasts}`);
  row('any', m.anys);
  row(
    'files that name a backend outside its room',
    `${m.named.length} (${m.named.reduce((a, f) => a + f.times, 0)} times)`,
  );
  row('exports, without a sentence', `${m.exported}, ${m.silent.length}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  print(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
