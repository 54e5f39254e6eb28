import { join } from 'node:path';
import { PROJECT } from '../support/server-process.ts';

/** The folder with one folder a release. */
export const GOLDEN = join(PROJECT, 'test/vectors/golden');

/** What the demo node remembers. Without it no money leaves, for the books would not agree. */
export const NODE_JOURNAL = 'demo-network.jsonl';

/** What a release promised, beside its database: what was printed and handed out must live on. */
export interface Golden {
  readonly version: string;
  /** `BOLTGATE_SECRET` of that server. */
  readonly secret: string;
  readonly publicUrl: string;
  /** Codes as they were printed (LUD-01), with the URL in them. */
  readonly codes: readonly { readonly lnurl: string; readonly url: string }[];
  /** Paths and their answers. Newer versions may say more, and nothing else. */
  readonly answers: readonly { readonly path: string; readonly body: object }[];
  /** Callbacks that wallets still hold, with the metadata that they were shown (LUD-06, FC-10). */
  readonly callbacks: readonly { readonly path: string; readonly metadata: string }[];
  /** Keys that wallets have made for the login host (FC-18). */
  readonly linkingKeys: number;
}
