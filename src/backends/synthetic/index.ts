/** A backend with programmed service times, for tests, CI and teaching: it needs no model and no device. */
import type { Backend } from '../backend.js';
import { SyntheticSession } from './session.js';

/** Building is loaded when it is needed: a task thread opens sessions only. */
const building = () => import('./build.js');

/** Programmed service times as a backend. */
export const synthetic: Backend = {
  id: 'synthetic',

  async probe() {
    const { VERSION } = await building();
    return { id: 'synthetic', version: VERSION, accelerators: [{ name: 'any', provider: 'programmed service times' }] };
  },

  async identify(model) {
    return (await building()).identify(model);
  },

  async build(model, options) {
    return (await building()).build(model, options);
  },

  async open(engine, _from, _placement, context) {
    return SyntheticSession.open(engine, context);
  },
};
