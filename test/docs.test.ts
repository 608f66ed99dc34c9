/** The documentation is run: every pipeline in it parses, every command in it exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFleet } from '../src/formats/fleet/fleet.js';
import { parsePipeline } from '../src/formats/pipeline/parse.js';
import { cli, makeFolder } from './run-cli.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...readdirSync('docs')
    .filter((n) => n.endsWith('.md'))
    .map((n) => `docs/${n}`),
];
const blocks = (language: string) =>
  pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
      ([, text]) => ({ page, text }),
    ),
  );

/** Fragments are put into a whole file, so that every key in them is checked. */
function whole(text: string): string {
  if (/^version:/m.test(text)) return text;
  const indent = (n: number) =>
    text
      .split('\n')
      .map((l) => (l ? ' '.repeat(n) + l : l))
      .join('\n');
  const models = /^models:/m.test(text) ? '' : 'models:\n  detector: { file: a.onnx }\n  vad: { file: b.onnx }\n';
  const scenarios =
    'scenarios:\n  street: { tasks: [ { model: detector, rate: 15 Hz }, { model: vad, rate: 30 Hz } ] }\n';
  const head = 'version: 1\nname: doc\n';
  if (/^(inputs|build):/m.test(text))
    return `${head}models:\n  detector:\n    file: a.onnx\n${indent(4)}\n  vad: { file: b.onnx }\n${scenarios}`;
  return `${head}${models}${text}\n${/^models:/m.test(text) ? 'scenarios:\n  street: { tasks: [ { model: detector, rate: 15 Hz } ] }\n' : scenarios}`;
}

/** Commands that have commands of their own. */
const GROUPS = ['kubernetes', 'airflow', 'baseline'];

describe('documentation', () => {
  const yaml = blocks('yaml').filter(({ text }) => parse(text) !== null);
  it('has YAML to check', () => expect(yaml.length).toBeGreaterThan(5));
  for (const [i, { page, text }] of yaml.entries()) {
    it(`${page}: YAML block ${i} is right`, () => {
      const read = () => (/^devices:/m.test(text) ? readFleet(text, page) : parsePipeline(whole(text), page));
      expect(read).not.toThrow();
    });
  }
  for (const file of ['examples/robot/pipeline.yaml', 'assets/demo/pipeline.yaml']) {
    it(`${file} is right`, () => expect(() => parsePipeline(readFileSync(file, 'utf8'), file)).not.toThrow());
  }

  it('names only commands and options that exist', async () => {
    const folder = makeFolder();
    const commands = new Set<string>();
    for (const { text } of blocks('sh')) {
      for (const line of text.split(/\n|&&/)) if (/^\s*infersight /.test(line)) commands.add(line.split('#')[0].trim());
    }
    for (const page of pages)
      for (const [, line] of readFileSync(page, 'utf8').matchAll(/`(infersight [^`]+)`/g)) commands.add(line);
    expect(commands.size).toBeGreaterThan(6);
    for (const command of commands) {
      const [, name = '', ...rest] = command.split(/\s+/);
      const inner = GROUPS.includes(name) ? rest.slice(0, 1).filter((w) => !w.startsWith('-')) : [];
      // `run|render` names both.
      const help = await cli(folder, [name, ...inner.map((w) => w.split('|')[0]), '--help']);
      expect(help.code, command).toBe(0);
      for (const option of rest.filter((w) => /^--[a-z]/.test(w))) expect(help.stdout, command).toContain(option);
    }
  });

  it('links to pages that exist', () => {
    for (const page of pages) {
      for (const [, target] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(existsSync(join(dirname(page), target)), `${page} -> ${target}`).toBe(true);
      }
    }
  });
});
