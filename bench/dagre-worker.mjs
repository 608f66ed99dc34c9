// dagre in a thread with a large stack: it recurses along the depth of the graph.
import { parentPort, workerData } from 'node:worker_threads';
import dagre from '@dagrejs/dagre';

const { nodes, edges, runs } = workerData;
const took = [];
for (let run = 0; run < runs; run++) {
  const begin = performance.now();
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ nodesep: 24, ranksep: 44 });
  for (const [i, n] of nodes.entries()) g.setNode(String(i), { ...n });
  for (const [i, e] of edges.entries()) g.setEdge(String(e.from), String(e.to), {}, String(i));
  dagre.layout(g);
  took.push(performance.now() - begin);
}
parentPort.postMessage(took);
