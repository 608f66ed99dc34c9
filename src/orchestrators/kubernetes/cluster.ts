/** A cluster, by the maintained client of Kubernetes, which is loaded where it is needed: few need it, and it is large. */
import { PassThrough, type Readable, Writable } from 'node:stream';
import type { V1ConfigMap, V1Job, V1Pod } from '@kubernetes/client-node';
import { fail, messageOf } from '../../base/problem.js';

type Client = typeof import('@kubernetes/client-node');

const CONFLICT = 409;
const GONE = 404;
/** A watch that says nothing for so long is begun anew, ms. */
const QUIET_MS = 10_000;

const codeOf = (error: unknown): number | undefined => (error as { code?: number } | null)?.code;

/** What the server said: its answers are in the body, as text or as data. */
function saidOf(error: unknown): string {
  const { body } = error as { body?: unknown };
  try {
    const data = typeof body === 'string' ? (JSON.parse(body) as { message?: string }) : (body as { message?: string });
    if (data?.message) return data.message;
  } catch {
    // It is no JSON.
  }
  return messageOf(error).split('\n')[0] ?? '';
}

/** Keeps what is written. */
function heard(): { readonly stream: Writable; text(): string } {
  let said = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      said += chunk.toString('utf8');
      done();
    },
  });
  return { stream, text: () => said.trim() };
}

/** Objects of one namespace. */
export class Cluster {
  readonly namespace: string;
  readonly #client: Client;
  readonly #config: InstanceType<Client['KubeConfig']>;

  private constructor(client: Client, config: InstanceType<Client['KubeConfig']>, namespace: string) {
    this.#client = client;
    this.#config = config;
    this.namespace = namespace;
  }

  /** @param file kubeconfig, instead of $KUBECONFIG, ~/.kube/config or that of a pod @throws ProblemError `usage`, `config` */
  static async open(namespace: string, file?: string, context?: string): Promise<Cluster> {
    const client = await import('@kubernetes/client-node').catch(() =>
      fail(
        'usage',
        'the client of Kubernetes is not installed',
        'it is large, so it is left to those who need it: npm install @kubernetes/client-node@1.4.0, beside infersight',
      ),
    );
    const config = new client.KubeConfig();
    try {
      if (file === undefined) config.loadFromDefault();
      else config.loadFromFile(file);
      if (context !== undefined) config.setCurrentContext(context);
    } catch (error) {
      return fail('config', `the kubeconfig cannot be read: ${messageOf(error)}`, 'name one with --kubeconfig');
    }
    if (!config.getCurrentCluster())
      return fail('config', 'the kubeconfig names no cluster', 'name a context with --context');
    return new Cluster(client, config, namespace);
  }

  get #core() {
    return this.#config.makeApiClient(this.#client.CoreV1Api);
  }
  get #batch() {
    return this.#config.makeApiClient(this.#client.BatchV1Api);
  }

  /** Waits while the server is away. @throws ProblemError `run` for what it refuses */
  async #patiently<T>(call: () => Promise<T>, say: (text: string) => void, signal?: AbortSignal): Promise<T> {
    for (let told = false; ; told = true) {
      try {
        return await call();
      } catch (error) {
        const code = codeOf(error);
        if (code === CONFLICT || code === GONE) throw error;
        if (code !== undefined && code >= 400 && code < 500 && code !== 429)
          return fail('run', `the cluster refuses it: ${saidOf(error)}`);
        if (signal?.aborted) return fail('interrupted', 'it was interrupted');
        if (!told) say(`the cluster cannot be reached (${saidOf(error)}); trying again`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  /** Makes it, or takes the one that is there. */
  async putConfigMap(body: object, say: (text: string) => void): Promise<void> {
    const map = body as V1ConfigMap;
    const name = map.metadata?.name ?? '';
    try {
      await this.#patiently(() => this.#core.createNamespacedConfigMap({ namespace: this.namespace, body: map }), say);
    } catch (error) {
      if (codeOf(error) !== CONFLICT) throw error;
      await this.#patiently(
        () => this.#core.replaceNamespacedConfigMap({ namespace: this.namespace, name, body: map }),
        say,
      );
    }
  }

  /** @returns the Job that was there already, if one was */
  async createJob(body: object, say: (text: string) => void): Promise<V1Job | undefined> {
    const job = body as V1Job;
    const name = job.metadata?.name ?? '';
    try {
      await this.#patiently(
        () => this.#batch.createNamespacedJob({ namespace: this.namespace, body: job, fieldValidation: 'Strict' }),
        say,
      );
      return undefined;
    } catch (error) {
      if (codeOf(error) !== CONFLICT) throw error;
      return this.#patiently(() => this.#batch.readNamespacedJob({ namespace: this.namespace, name }), say);
    }
  }

  /** With its pods. */
  async deleteJob(name: string): Promise<void> {
    await this.#batch
      .deleteNamespacedJob({ namespace: this.namespace, name, propagationPolicy: 'Background' })
      .catch(() => undefined);
  }

  /** Warnings about a pod, newest last. */
  async warnings(pod: string): Promise<string[]> {
    const { items } = await this.#core
      .listNamespacedEvent({ namespace: this.namespace, fieldSelector: `involvedObject.name=${pod},type=Warning` })
      .catch(() => ({ items: [] }));
    return items.flatMap((e) => (e.message ? [e.message] : []));
  }

  /**
   * Pods of a Job as they change, also over restarts of the server: lists, watches, and lists again whenever a watch ends.
   * @returns what `look` returned first, other than undefined
   */
  async watchPods<T>(
    job: string,
    look: (pods: readonly V1Pod[]) => T | undefined,
    say: (text: string) => void,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const labelSelector = `batch.kubernetes.io/job-name=${job}`;
    while (!signal.aborted) {
      const list = await this.#patiently(
        () => this.#core.listNamespacedPod({ namespace: this.namespace, labelSelector }),
        say,
        signal,
      );
      const found = look(list.items);
      if (found !== undefined) return found;
      await this.#changes(labelSelector, list.metadata?.resourceVersion ?? '', signal);
    }
    return undefined;
  }

  /** Until something changes, the watch ends, or nothing was heard for a while. */
  async #changes(labelSelector: string, resourceVersion: string, signal: AbortSignal): Promise<void> {
    let end: () => void = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const timer = setTimeout(end, QUIET_MS);
    signal.addEventListener('abort', end, { once: true });
    const watch = new this.#client.Watch(this.#config)
      .watch(
        `/api/v1/namespaces/${this.namespace}/pods`,
        { labelSelector, resourceVersion, allowWatchBookmarks: false },
        () => end(),
        () => end(),
      )
      .catch(() => {
        setTimeout(end, 1000);
        return undefined;
      });
    await over;
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    (await watch)?.abort();
  }

  /** Lines of a container as it prints them. @returns ends it */
  followLog(pod: string, onLine: (line: string) => void): () => void {
    let rest = '';
    const stream = new Writable({
      write(chunk: Buffer, _, done) {
        const lines = (rest + chunk.toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
        done();
      },
    });
    stream.on('error', () => undefined);
    const log = new this.#client.Log(this.#config)
      .log(this.namespace, pod, 'base', stream, { follow: true })
      .catch(() => undefined);
    return () => void log.then((controller) => controller?.abort());
  }

  /** What a command in a container prints, as it comes. `done` rejects with what it said when it failed. */
  exec(pod: string, command: readonly string[]): { readonly output: Readable; readonly done: Promise<void> } {
    const output = new PassThrough();
    const errors = heard();
    const done = new Promise<void>((resolve, reject) => {
      const ended = ({ status, message }: { status?: string; message?: string }): void => {
        output.end();
        if (status === 'Success') resolve();
        else reject(new Error(errors.text() || message || 'it ended without a word'));
      };
      new this.#client.Exec(this.#config)
        .exec(this.namespace, pod, 'base', [...command], output, errors.stream, null, false, ended)
        .then((socket) => socket.on('close', () => ended({})))
        .catch((error: unknown) => ended({ message: saidOf(error) }));
    });
    return { output, done };
  }

  /** All that a container has printed, by line. */
  async log(pod: string): Promise<string[]> {
    const text = await this.#core
      .readNamespacedPodLog({ namespace: this.namespace, name: pod, container: 'base' })
      .catch(() => '');
    return (text ?? '').split('\n').filter((l) => l !== '');
  }
}
