/** Every word of the explorer page. */
export const strings = {
  layers: {
    filter: 'Filter layers',
    placeholder: 'Filter by name, type, precision, tactic  ( / )',
    shown: (n: number) => `${n} layers`,
  },
  pairs: {
    title: 'Layer by layer',
    show: 'Show',
    all: 'all',
    unmatched: 'only in one',
    changed: (what: string) => `${what} changed`,
    largest: 'largest difference first',
    rows: (n: number) => `${n} rows`,
    more: (most: number) => `The first ${most} rows; narrow the choice to see the rest.`,
  },
  graph: {
    label: (title: string, layers: number) =>
      `Graph of ${title}: ${layers} layers. Arrow keys go along edges, plus and minus zoom, 0 shows everything.`,
    zoomIn: { title: 'Zoom in (+)', label: 'Zoom in' },
    zoomOut: { title: 'Zoom out (-)', label: 'Zoom out' },
    everything: { title: 'Everything (0)', label: 'Show everything' },
  },
} as const;
