/** Unchecked data of pipeline.yaml, looked at without trust. */
import type { Path } from './source.js';

/** A map whose values were not looked at yet. */
export type Loose = Record<string, unknown>;
/** An empty map for what is none. */
export const asMap = (value: unknown): Loose =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};
/** An empty list for what is none. */
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Notes a problem at a path; `key` points at the key instead of the value. */
export type Report = (path: Path, message: string, hint?: string, key?: boolean) => void;

/** The backend a model will use as far as the file says. */
export const backendOf = (model: Loose): string => (model.backend === undefined ? 'auto' : String(model.backend));
