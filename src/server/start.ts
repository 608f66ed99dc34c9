/** Starts the server on this machine alone. */
import { serve } from '@hono/node-server';
import { fail, messageOf } from '../base/problem.js';
import { viewApp } from './app.js';

/** A server that listens. */
export interface RunningView {
  readonly url: string;
  close(): Promise<void>;
}

/** @param port 0 takes a free one @throws ProblemError `usage` when the port is taken */
export async function startView(runs: string, port: number): Promise<RunningView> {
  const app = viewApp({ runs, hosts: new Set(['127.0.0.1', 'localhost']) });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, ({ port: taken }) =>
      resolve({
        url: `http://127.0.0.1:${taken}/`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      }),
    );
    server.on('error', (error) => {
      try {
        fail('usage', `port ${port} cannot be used: ${messageOf(error)}`, 'choose another --port, or leave it out');
      } catch (problem) {
        reject(problem);
      }
    });
  });
}
