/** The backend of a model that names none: the first that works on this device, else the one that every machine has. */
import { fail } from '../base/problem.js';
import { chosenBuild, DEVICE_CHOICES } from '../formats/backends/index.js';
import type { Backend, ModelSource } from './backend.js';

type Load = () => Promise<Backend>;

/** The model as the chosen backend wants it. */
const forBackend = (model: ModelSource, { id }: Backend): ModelSource => ({
  ...model,
  spec: { ...model.spec, backend: id, build: chosenBuild(model.spec.build, id) },
});

/** Chooses by what the machine has; its engines are those of the backend that was chosen. @param known how each is loaded */
export function autoOf(known: Readonly<Record<string, Load>>): Backend {
  const [first, second] = DEVICE_CHOICES;
  const load = (id: string): Promise<Backend> => known[id]?.() ?? fail('backend', `there is no backend ${id}`);
  /** What the CPU runs is the second's; the first is loaded only where it is asked for. */
  let works: Promise<boolean> | undefined;
  const choose = async (accelerator: string): Promise<Backend> => {
    if (accelerator === 'cpu') return load(second);
    works ??= load(first)
      .then((backend) => backend.probe())
      .then(({ problem, accelerators }) => !problem && accelerators.length > 0);
    return load((await works) ? first : second);
  };
  return {
    id: 'auto',

    async probe() {
      return (await choose('auto')).probe();
    },

    async versions() {
      const [always, chosen] = [await load(second), await choose('auto')];
      return { ...(await always.versions?.()), ...(await chosen.versions?.()) };
    },

    async identify(model, accelerator) {
      const backend = await choose(accelerator);
      return backend.identify(forBackend(model, backend), accelerator);
    },

    async build(model, options, onEvent, signal) {
      const backend = await choose(options.accelerator);
      return backend.build(forBackend(model, backend), options, onEvent, signal);
    },

    async open({ build }) {
      return fail('backend', `an engine of ${build.backend} is opened by that backend`);
    },
  };
}
