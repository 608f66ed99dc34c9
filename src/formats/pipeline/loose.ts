/** Unchecked data of pipeline.yaml, looked at without trust. */
import type { Path } from './source.js';

export type Loose = Record<string, unknown>;
export const asMap = (value: unknown): Loose =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export type Report = (path: Path, message: string, hint?: string, key?: boolean) => void;

/** The backend a model will use as far as the file says. */
export const backendOf = (model: Loose): string => (model.backend === undefined ? 'auto' : String(model.backend));
