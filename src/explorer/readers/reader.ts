/** What every reader of a file offers. A new kind of file is one file in this folder and one line in its index. */
import type { EngineReport } from '../../formats/engine/engine-report.js';
import type { LayerTable } from '../../formats/engine/layer-table.js';
import type { EngineLog } from '../engine-log.js';
import type { LayerInfo } from './layer-info.js';
import type { LayerProfile } from './profile.js';
import type { QueryTimes } from './times.js';

/** A file that was recognised. */
export interface Recognised {
  /** As problems name it. */
  readonly file: string;
  readonly text: string;
  /** Parsed, where the file is JSON. */
  readonly data: unknown;
}

/** One thing that a file told of an engine. */
export type Part =
  | { readonly part: 'info'; readonly value: LayerInfo }
  | { readonly part: 'profile'; readonly value: LayerProfile }
  | { readonly part: 'times'; readonly value: QueryTimes }
  | { readonly part: 'table'; readonly value: LayerTable }
  | { readonly part: 'report'; readonly value: EngineReport }
  /** `first`: what another log tells goes before it. Tables of layers that it prints count where no file has them. */
  | {
      readonly part: 'log';
      readonly value: EngineLog;
      readonly first: boolean;
      readonly profile?: LayerProfile;
      readonly info?: LayerInfo;
    }
  | { readonly part: 'nothing' };

/** How a kind of file is told from others, and read. */
export interface Reader {
  /** What it is, for people. */
  readonly words: string;
  /** Option of the command line under which it is named, besides its own. */
  readonly alsoAs?: 'log' | 'profile';
  /** Of parsed JSON; absent where the file is text. */
  sniff?(data: unknown): boolean;
  /** @throws ProblemError `file` */
  read(file: Recognised): Part;
}
