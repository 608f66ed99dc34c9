/** Who may import whom. The table is the one of ARCHITECTURE.md; test/walls.test.ts runs this and checks that it saw the code. */
const FORMS = ['base', 'formats'];
const ROOMS = {
  base: [],
  formats: ['base'],
  onnx: FORMS,
  workload: FORMS,
  explorer: FORMS,
  analysis: FORMS,
  charts: FORMS,
  report: [...FORMS, 'charts'],
  fleet: FORMS,
  machine: FORMS,
  store: [...FORMS, 'onnx', 'machine'],
  probes: [...FORMS, 'machine'],
  backends: [...FORMS, 'explorer', 'machine'],
  profiler: [...FORMS, 'workload', 'machine', 'probes', 'backends'],
  views: [...FORMS, 'onnx', 'explorer', 'analysis', 'charts', 'report', 'machine', 'store'],
  pipeline: [
    ...FORMS,
    'onnx',
    'workload',
    'explorer',
    'analysis',
    'report',
    'machine',
    'store',
    'probes',
    'backends',
    'profiler',
    'views',
  ],
  orchestrators: [...FORMS, 'fleet', 'machine', 'store', 'pipeline'],
  server: [...FORMS, 'store', 'views'],
  library: [...FORMS, 'store', 'backends', 'pipeline', 'orchestrators'],
  ui: [...FORMS, 'explorer', 'analysis', 'charts'],
};
const PURE = '^src/(base|formats|onnx|workload|explorer|analysis|charts|report|fleet|ui)/';
const ENTRIES =
  '^src/(index|cli/main|library/engine-worker|backends/(onnxruntime|tensorrt)/(build|plan)-child|profiler/(executor/executor|control/control-thread|thread/(task-thread|layers-child))|ui/(explorer|report|view)/main)\\.tsx?$';
const TESTS = '\\.test\\.ts$';

module.exports = {
  forbidden: [
    ...Object.entries(ROOMS).map(([room, allowed]) => ({
      name: `room-${room}`,
      comment: `${room} may import ${[room, ...allowed].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/`, pathNot: TESTS },
      to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'no-cycles',
      comment: 'type-only imports included',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pure-floors',
      comment: 'floors 0 to 2 do no I/O: no node:* module',
      severity: 'error',
      from: { path: PURE, pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'native-packages',
      comment: 'native code only in machine and backends, and in charts the renderer from SVG to PNG',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(machine|backends)/' },
      to: { path: 'node_modules/(koffi|onnxruntime-node)/' },
    },
    {
      name: 'renderer',
      comment: 'the renderer is called in charts alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/charts/' },
      to: { path: 'node_modules/(@resvg|vega|vega-lite)/' },
    },
    {
      name: 'bundled-packages',
      comment: 'one module names a library that the build puts into one file',
      severity: 'error',
      from: { path: '^src/', pathNot: `${TESTS}|^src/base/(zod|yaml)\\.ts$` },
      to: { path: 'node_modules/(zod|yaml)/' },
    },
    {
      name: 'terminal-packages',
      comment: 'only cli prints',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: 'node_modules/(commander|@commander-js|log-update|picocolors|cli-table3)/' },
    },
    {
      name: 'page-packages',
      comment: 'what runs in a browser stays in ui',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ui/' },
      to: { path: 'node_modules/(preact|@preact)/' },
    },
    {
      name: 'no-dead-files',
      comment: 'a file that no entry reaches is dead',
      severity: 'error',
      from: { path: ENTRIES },
      to: { path: '^src/', pathNot: `${TESTS}|${ENTRIES}|\\.d\\.ts$`, reachable: false },
    },
    {
      name: 'no-tests',
      comment: 'nothing imports tests',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: `${TESTS}|^test/` },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
