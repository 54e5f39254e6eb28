import type { Command } from 'commander';
import { leaf } from '../command.ts';
import type { Surroundings } from '../surroundings.ts';
import { wholeArgument } from '../whole.ts';

/** What was typed. */
export interface MacaroonOptions {
  readonly admin: string;
  readonly out?: string;
  readonly only?: string;
  readonly rootKeyId: number;
  readonly force?: true;
  readonly host?: string;
  readonly cert?: string;
  readonly tlsName?: string;
  readonly json?: true;
}

/** LND's own macaroons have key 0; the ones here are far from what people choose by hand. */
const FIRST_ROOT_KEY_ID = 4101;

/** `macaroons`: lets LND make the three macaroons that the server needs, with the least rights. */
export function addMacaroons(parent: Command, surroundings: Surroundings): void {
  leaf(parent, 'macaroons', 'let LND make three macaroons with the least rights')
    .requiredOption('--admin <file>', 'a macaroon that may make others; used once and not kept')
    .option('--out <folder>', 'where they are written (default: BOLTGATE_DATA_DIR)')
    .option('--only <flows>', 'some of receive, pay, channel, with commas between')
    .option(
      '--root-key-id <number>',
      'root key of receive; pay and channel have the next two, so that each can be revoked alone',
      wholeArgument,
      FIRST_ROOT_KEY_ID,
    )
    .option('--force', 'replace files that are there')
    .option('--host <host:port>', 'where LND listens (default: BOLTGATE_LND_HOST)')
    .option('--cert <file>', 'its certificate (default: BOLTGATE_LND_CERT_FILE)')
    .option('--tls-name <name>', 'the name in it (default: BOLTGATE_LND_TLS_NAME)')
    .action(async (options: MacaroonOptions) => {
      // gRPC is loaded by those who need it.
      const { makeMacaroons } = await import('./make.ts');
      await makeMacaroons(options, surroundings);
    });
}
