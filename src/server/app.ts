/** The local web server over a folder of runs: pages, read-only JSON, events. It changes nothing and starts nothing. */
import { createReadStream, existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { messageOf, problemsOf } from '../base/problem.js';
import { MOST_COMPARED, type RunComparison } from '../formats/run/run-comparison.js';
import { followLog } from '../store/follow-log.js';
import { RunList } from '../store/run-list.js';
import { bundle } from '../views/explorer-page.js';
import { comparedRun, runSettings } from '../views/run-comparison.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.yaml': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.log': 'text/plain; charset=utf-8',
};
/** Names of files in runs; nothing else is looked up. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,150}$/;
/** A folder can be given any name; none that leads elsewhere. */
const RUN = /^[^./\\\p{Cc}][^/\\\p{Cc}]{0,250}$/u;
const OWN =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Pages of runs carry their script inside and talk to nobody. */
const PAGES =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts allow-downloads";

const SHELL = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>infersight</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/view.css">
</head>
<body><div id="app"></div><script src="/view.js"></script></body>
</html>
`;

/** What is served, and to whom. */
export interface ViewOptions {
  /** Folder that holds the runs. */
  readonly runs: string;
  /** Hosts that a request may name, so that no page of another site reaches the server by a name of its own. */
  readonly hosts: ReadonlySet<string>;
}

/** The routes of the local server. */
export function viewApp({ runs, hosts }: ViewOptions): Hono {
  const app = new Hono();
  const list = new RunList(runs);
  app.use(async (c, next) => {
    const host = (c.req.header('host') ?? '').replace(/:\d+$/, '').toLowerCase();
    if (!hosts.has(host)) return c.text('this server answers to 127.0.0.1 and localhost only', 403);
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return c.text('this server only shows', 405);
    await next();
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Resource-Policy', 'same-origin');
    if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', OWN);
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
    return undefined;
  });
  app.onError((error, c) => {
    const [problem] = problemsOf(error) ?? [];
    return c.json({ problem: problem?.message ?? messageOf(error) }, problem ? 404 : 500);
  });
  app.get('/', (c) => c.html(SHELL));
  app.get('/view.js', (c) => c.body(bundle('view.js'), 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.get('/view.css', (c) => c.body(bundle('view.css'), 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/api/runs', (c) => c.json(list.list()));
  app.get('/api/compare', async (c) => {
    const ids = (c.req.queries('run') ?? []).filter((id) => RUN.test(id)).slice(0, MOST_COMPARED);
    const all = await Promise.all(ids.map((id) => attempt(id, () => comparedRun(join(runs, id)))));
    const answer: RunComparison = {
      runs: all.flatMap((a) => (typeof a === 'string' ? [] : [a])),
      problems: all.filter((a) => typeof a === 'string'),
    };
    return c.json(answer);
  });
  app.get('/api/settings/:run', (c) => {
    const id = c.req.param('run');
    return RUN.test(id) ? c.json(runSettings(join(runs, id))) : c.json({ problem: 'no such run' }, 404);
  });
  app.get('/api/events/:run', (c) => {
    const id = c.req.param('run');
    if (!RUN.test(id) || !existsSync(join(runs, id, 'run.json'))) return c.json({ problem: 'no such run' }, 404);
    return streamSSE(c, async (stream) => {
      for await (const data of followLog(join(runs, id), () => stream.aborted)) await stream.writeSSE({ data });
    });
  });
  app.get('/runs/:run/:path{.+}', (c) => {
    const file = fileIn(runs, c.req.param('run'), c.req.param('path'));
    if (!file) return c.text('no such file', 404);
    c.header('Content-Type', TYPES[extname(file).toLowerCase()]);
    c.header('Content-Security-Policy', PAGES);
    if (c.req.method === 'HEAD') return c.body(null);
    return c.body(Readable.toWeb(createReadStream(file)) as ReadableStream);
  });
  return app;
}

/** What it gives, or the problem in words. */
async function attempt<T>(id: string, call: () => Promise<T>): Promise<T | string> {
  try {
    return await call();
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    if (!problem) throw error;
    return `${id}: ${problem.message}`;
  }
}

/** A file of a known type below a run; links that lead out of it are none. */
function fileIn(runs: string, run: string, path: string): string | undefined {
  const parts = path.split('/');
  if (!RUN.test(run) || !parts.every((p) => NAME.test(p)) || !(extname(path).toLowerCase() in TYPES)) return undefined;
  const folder = join(runs, run);
  if (!existsSync(join(folder, 'run.json')) || lstatSync(folder).isSymbolicLink()) return undefined;
  try {
    const real = realpathSync(join(folder, ...parts));
    return real.startsWith(realpathSync(folder) + sep) && statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}
