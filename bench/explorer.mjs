// Reading, summarising and laying out engines: against dagre for the layout, and against json + networkx in Python.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { drawEngine } from '../dist/charts/engine-drawing.js';
import { layoutGraph } from '../dist/charts/layout/layered-layout.js';
import { compareEngines } from '../dist/explorer/match/compare.js';
import { reportSources } from '../dist/explorer/sources.js';
import { makeEngine } from './make-engine.mjs';
import { has, median, root, round, work } from './support.mjs';

const SETS = join(root, 'test/fixtures/trtexec');

function filesOf(name) {
  return readdirSync(join(SETS, name)).map((file) => {
    const bytes = readFileSync(join(SETS, name, file));
    return { file, text: (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8') };
  });
}

function time(runs, job) {
  const took = [];
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    job();
    took.push(performance.now() - begin);
  }
  return median(took);
}

const graphOf = (report) => {
  const { nodes, edges } = drawEngine(report);
  return {
    nodes: nodes.map(({ width, height }) => ({ width, height })),
    edges: edges.map(({ from, to }) => ({ from, to })),
  };
};

/** @returns ms, or why there are none */
async function withDagre(graph, runs) {
  const worker = new Worker(new URL('./dagre-worker.mjs', import.meta.url), {
    workerData: { ...graph, runs },
    resourceLimits: { stackSizeMb: 240 },
  });
  return new Promise((done) => {
    worker.once('message', (took) => done(median(took)));
    worker.once('error', (error) => done(error.message));
  });
}

/** The same figures the way a Python user gets them: json.load, dictionaries, networkx. */
const PYTHON = `
import json, sys, time, networkx as nx
from collections import defaultdict
info, profile, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
took = []
for _ in range(runs):
    begin = time.perf_counter()
    layers = json.load(open(info))['Layers']
    times = defaultdict(list)
    for r in json.load(open(profile)):
        if 'name' in r: times[r['name']].append(r['averageMs'])
    size = {'Int8': 1, 'FP16': 2, 'FP32': 4}
    g = nx.DiGraph(); writer = {}; by_type = defaultdict(float); traffic = 0
    for i, l in enumerate(layers):
        g.add_node(i)
        by_type[l.get('ParameterType', l['LayerType'])] += sum(times[l['Name']])
        for t in l['Inputs'] + l['Outputs']:
            n = 1
            for d in t['Dimensions']: n *= d
            traffic += n * next((s for k, s in size.items() if k in t['Format/Datatype']), 0)
        for t in l['Inputs']:
            if t['Name'] in writer: g.add_edge(writer[t['Name']], i)
        for t in l['Outputs']: writer[t['Name']] = i
    layer = {}
    for rank, nodes in enumerate(nx.topological_generations(g)):
        for n in nodes: layer[n] = rank
    nx.set_node_attributes(g, layer, 'layer')
    nx.multipartite_layout(g, subset_key='layer')
    took.append((time.perf_counter() - begin) * 1000)
took.sort()
print(took[len(took) // 2])
`;

function withPython(info, profile, runs) {
  if (!has('python3')) return undefined;
  const result = spawnSync('python3', ['-c', PYTHON, info, profile, String(runs)], { encoding: 'utf8' });
  return result.status === 0 ? Number(result.stdout) : undefined;
}

async function measure(name, files, runs) {
  const folder = join(work, 'explorer', name);
  mkdirSync(folder, { recursive: true });
  const info = files.find((f) => /graph|layers/.test(f.file));
  const profile = files.find((f) => f.file === 'profile.json');
  writeFileSync(join(folder, 'info.json'), info.text);
  writeFileSync(join(folder, 'profile.json'), profile.text);
  // The engines of NVIDIA are small: the first runs pay for the compiler, as those of Python pay for its imports.
  const pair = [info, profile];
  const read = time(runs, () => reportSources(pair, { name }));
  const report = reportSources(pair, { name });
  const graph = graphOf(report);
  const layout = time(runs, () => layoutGraph(graph.nodes, graph.edges));
  const theirs = await withDagre(graph, graph.nodes.length > 2000 ? 1 : runs);
  const failed = typeof theirs === 'string';
  const python = withPython(join(folder, 'info.json'), join(folder, 'profile.json'), runs);
  const whole = read + layout;
  const shown = `${graph.nodes.length} nodes`;
  return [
    {
      name: `layout of ${name} (${shown})`,
      baseline: failed ? `dagre fails: ${theirs}` : `dagre ${round(theirs, 1)} ms`,
      measured: `${round(layout, 1)} ms`,
      ...(failed ? {} : { ratio: round(layout / theirs), limit: 1, holds: layout <= theirs }),
    },
    python === undefined
      ? {
          name: `read, summarise, lay out ${name}`,
          skipped: 'python3 with networkx is not here',
          measured: `${round(whole, 1)} ms`,
        }
      : {
          name: `read, summarise, lay out ${name}`,
          baseline: `json + networkx ${round(python, 1)} ms`,
          measured: `${round(whole, 1)} ms`,
          ratio: round(whole / python),
          note: 'networkx only ranks the nodes; ours orders and places them',
        },
  ];
}

export async function explorer() {
  const rows = [];
  const sets = readdirSync(SETS).filter((n) => !n.endsWith('.json'));
  for (const name of sets) rows.push(...(await measure(name, filesOf(name), 31)));
  const large = makeEngine(10_000);
  const files = [
    { file: 'layers.json', text: large.info },
    { file: 'profile.json', text: large.profile },
  ];
  rows.push(...(await measure('10000-layers', files, 5)));
  const a = reportSources(files, { name: 'a' });
  const other = makeEngine(9_500);
  const b = reportSources(
    [
      { file: 'l', text: other.info },
      { file: 'p', text: other.profile },
    ],
    { name: 'b' },
  );
  rows.push({
    name: 'compare 10000 with 9500 layers',
    measured: `${round(
      time(3, () => compareEngines(a, b)),
      0,
    )} ms`,
  });
  return rows;
}
