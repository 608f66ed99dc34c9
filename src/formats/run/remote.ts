/** remote.json: on which device a run is measured, where it lies there, and whether its results are here. */
import { z } from '../../base/zod.js';
import { readDocument } from '../document.js';

/** Of remote.json. */
const REMOTE_VERSION = 1;
/** Its name in a run directory. */
export const REMOTE_FILE = 'remote.json';

const schema = z.object({
  version: z.literal(REMOTE_VERSION),
  /** As the ssh client knows it. */
  host: z.string(),
  /** Of the run, on that host. */
  folder: z.string(),
  /** Command line of this program there, as words of a shell. */
  program: z.string(),
  started: z.string(),
  /** What was recorded there is here; absent while it is not. */
  fetched: z.string().optional(),
});

/** Where a run is measured. */
export type RemotePlace = Omit<z.infer<typeof schema>, 'version'>;

/** @throws ProblemError `file` or `version` */
export const readRemotePlace = (text: string, file: string): RemotePlace =>
  readDocument(text, file, REMOTE_VERSION, schema);
/** As it is written. */
export const remotePlaceText = (place: RemotePlace): string =>
  `${JSON.stringify({ version: REMOTE_VERSION, ...place }, null, 2)}\n`;
