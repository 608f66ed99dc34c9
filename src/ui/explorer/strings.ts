/** Every word of the explorer page. */
export const strings = {
  graph: {
    label: (title: string, layers: number) =>
      `Graph of ${title}: ${layers} layers. Arrow keys go along edges, plus and minus zoom, 0 shows everything.`,
    zoomIn: { title: 'Zoom in (+)', label: 'Zoom in' },
    zoomOut: { title: 'Zoom out (-)', label: 'Zoom out' },
    everything: { title: 'Everything (0)', label: 'Show everything' },
  },
} as const;
