/** External data: which files a model needs, all of them inside its own folder. */
import { fail } from '../../base/problem.js';
import type { Graph, Model, TensorInfo } from './graph.js';

/** Every tensor of a model: initializers and constants, bodies and functions included. */
export function tensorsOf(model: Model): TensorInfo[] {
  const found: TensorInfo[] = [];
  const nodes = (list: Graph['nodes']): void => {
    for (const node of list) {
      for (const attribute of node.attributes.values()) {
        if (attribute.tensor) found.push(attribute.tensor);
        attribute.graphs?.forEach(graph);
      }
    }
  };
  const graph = (g: Graph): void => {
    found.push(...g.initializers);
    nodes(g.nodes);
  };
  graph(model.graph);
  for (const f of model.functions) nodes(f.nodes);
  return found;
}

/** A relative path that stays inside its folder, with `/` between its parts. */
export function isInside(location: string): boolean {
  if (location === '' || location.includes('\0') || location.includes('\\') || /^(\/|[A-Za-z]:)/.test(location))
    return false;
  let depth = 0;
  for (const part of location.split('/')) {
    if (part === '..') depth--;
    else if (part !== '.' && part !== '') depth++;
    if (depth < 0) return false;
  }
  return depth > 0;
}

/** Files and how many bytes each must have at least. @throws ProblemError `model` for a path that leaves the folder */
export function externalFiles(model: Model, file: string): Map<string, number> {
  const files = new Map<string, number>();
  for (const { name, external, bytes } of tensorsOf(model)) {
    if (!external) continue;
    if (!isInside(external.location)) {
      fail(
        'model',
        `${file}: tensor "${name}" has its data in "${external.location.slice(0, 200)}", which is outside the folder of the model`,
        'external data must lie beside the model; export it again',
      );
    }
    const end = external.offset + (external.length ?? bytes);
    files.set(external.location, Math.max(files.get(external.location) ?? 0, end));
  }
  return files;
}
