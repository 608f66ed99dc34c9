/** Reading files and folders such as those of /proc, where what one asks for may not be there, or be gone a moment later. */
import { readdirSync, readFileSync } from 'node:fs';

/** Undefined where the file cannot be read. */
export const textIn = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Names in a folder; none where it cannot be read. */
export const namesIn = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

/** The same, `hwmon2` before `hwmon10`. */
export const namesInOrder = (path: string): string[] =>
  namesIn(path).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
