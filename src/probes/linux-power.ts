/** Power from /sys: INA3221 monitors of Jetson boards (hwmon), RAPL energy counters of x86. */
import { join } from 'node:path';
import { namesInOrder, textIn } from '../machine/tree.js';

/** A rail or zone whose power can be read. */
export interface PowerSource {
  /** Rail name. */
  readonly name: string;
  /** Power in mW now, or over the time since the last call; undefined where it cannot be told. */
  read(nowNs: bigint): number | undefined;
}

const text = (path: string): string | undefined => textIn(path)?.trim();
const value = (path: string): number | undefined => {
  const found = text(path);
  return found !== undefined && /^-?\d+$/.test(found) ? Number(found) : undefined;
};

/** All that this machine has. @param root `/`, or the root of a copied tree in tests */
export const findPower = (root: string): PowerSource[] => [...findIna3221(root), ...findRapl(root)];

/** Channels with a label; voltage (mV) x current (mA). Channels named NC are not connected. */
function findIna3221(root: string): PowerSource[] {
  const base = join(root, 'sys/class/hwmon');
  return namesInOrder(base).flatMap((hwmon) => {
    const folder = join(base, hwmon);
    if (text(join(folder, 'name')) !== 'ina3221') return [];
    return [1, 2, 3].flatMap((channel) => {
      const label = text(join(folder, `in${channel}_label`));
      if (!label || label === 'NC') return [];
      return [
        {
          name: label.replaceAll(/\s+/g, '_'),
          read: () => {
            const millivolts = value(join(folder, `in${channel}_input`));
            const milliamperes = value(join(folder, `curr${channel}_input`));
            return millivolts === undefined || milliamperes === undefined
              ? undefined
              : (millivolts * milliamperes) / 1000;
          },
        },
      ];
    });
  });
}

/** Energy counters in uJ that wrap at max_energy_range_uj. Readable by root only on most systems. */
function findRapl(root: string): PowerSource[] {
  const base = join(root, 'sys/class/powercap');
  return namesInOrder(base).flatMap((zone) => {
    if (!/^intel-rapl:\d+(:\d+)?$/.test(zone)) return [];
    const folder = join(base, zone);
    const name = text(join(folder, 'name'));
    if (!name || value(join(folder, 'energy_uj')) === undefined) return [];
    return [rapl(`RAPL_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}`, folder)];
  });
}

function rapl(name: string, folder: string): PowerSource {
  const range = value(join(folder, 'max_energy_range_uj')) ?? 0;
  let last: { energy: number; at: bigint } | undefined;
  return {
    name,
    read(nowNs) {
      const energy = value(join(folder, 'energy_uj'));
      const before = last;
      if (energy === undefined) return undefined;
      last = { energy, at: nowNs };
      if (!before || nowNs <= before.at) return undefined;
      const microjoules = energy >= before.energy ? energy - before.energy : energy + range - before.energy;
      return (microjoules / (Number(nowNs - before.at) / 1e9)) * 1e-3;
    },
  };
}
