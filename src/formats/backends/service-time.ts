/** What a service time of the file means for job k: the same number on every machine and in every thread. */
import { exponential, normal3, streamOf, uniform } from '../../base/random.js';
import { type Ns, ns } from '../../base/units.js';

/** Constant, list (by job number, round and round) or distribution; all in ns. */
export type ServiceTime =
  | { readonly kind: 'list'; readonly values: readonly Ns[] }
  | { readonly kind: 'uniform'; readonly low: Ns; readonly high: Ns }
  | { readonly kind: 'normal'; readonly mean: Ns; readonly sigma: Ns }
  | { readonly kind: 'exponential'; readonly mean: Ns };

/** Service time of job k. */
export type ServiceDraw = (k: number) => Ns;

/** @param seed and @param task choose the random numbers; a list needs neither */
export function serviceDraw(service: ServiceTime, seed: number, task: string): ServiceDraw {
  const stream = streamOf(`service/${task}`);
  switch (service.kind) {
    case 'list': {
      const { values } = service;
      return (k) => values[k % values.length];
    }
    case 'uniform':
      return (k) => ns(Math.round(service.low + (service.high - service.low) * uniform(seed, stream, k)));
    case 'normal':
      return (k) => ns(Math.max(0, Math.round(service.mean + service.sigma * normal3(seed, stream, k))));
    case 'exponential':
      return (k) => ns(Math.round(service.mean * exponential(seed, stream, k)));
  }
}
