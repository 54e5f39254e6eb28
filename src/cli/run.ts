import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { AppError, visible } from '../errors.ts';
import { readVersion } from '../version.ts';
import { addAccounts } from './accounts.ts';
import { addApiKeys } from './api-keys.ts';
import { addBatches } from './batch/commands.ts';
import { addChannelOffers } from './channel-offers/commands.ts';
import { addChannels } from './channels.ts';
import { addDecode } from './decode.ts';
import { addDoctor } from './doctor/commands.ts';
import { addEncode } from './encode.ts';
import { Misuse, Refusal } from './failure.ts';
import { addInvoices } from './invoices.ts';
import { addAddresses, addPayLinks } from './links/commands.ts';
import { addMacaroons } from './macaroons/commands.ts';
import { addReconcile } from './reconcile.ts';
import { addServe } from './serve.ts';
import type { Surroundings } from './surroundings.ts';
import { addTransfer } from './transfer.ts';
import { addWallet } from './wallet/commands.ts';
import { addWebhooks } from './webhooks.ts';
import { addWithdrawLinks } from './withdraw-links/commands.ts';
import { addWithdrawals } from './withdrawals.ts';

const DONE = 0;
const REFUSED = 1;
const MISUSED = 2;

/** Runs one command and resolves with the exit code: 0 done, 1 refused, 2 misused. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = programFor(surroundings);
  let isJson = false;
  program.hook('preAction', (_program, command) => {
    isJson = command.opts().json === true;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return DONE;
  } catch (error) {
    return tell(error, isJson, surroundings);
  }
}

function programFor(surroundings: Surroundings): Command {
  const program = new Command('boltgate')
    .description('an LNURL server: a counter in front of a Lightning node')
    .version(readVersion(), '-V, --version', 'say which version this is')
    .exitOverride()
    // What stands behind a command is meant for it, also where a command above it has the same.
    .enablePositionalOptions()
    .configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err })
    .showHelpAfterError('(add --help to see what is understood)');
  addServe(program);
  addPayLinks(program, surroundings);
  addAddresses(program, surroundings);
  addWithdrawLinks(program, surroundings);
  addBatches(program, surroundings);
  addChannelOffers(program, surroundings);
  addInvoices(program, surroundings);
  addWithdrawals(program, surroundings);
  addChannels(program, surroundings);
  addAccounts(program, surroundings);
  addTransfer(program, surroundings);
  addApiKeys(program, surroundings);
  addWebhooks(program, surroundings);
  addReconcile(program, surroundings);
  addDoctor(program, surroundings);
  addMacaroons(program, surroundings);
  addWallet(program, surroundings);
  addEncode(program, surroundings);
  addDecode(program, surroundings);
  return program;
}

/** Says what went wrong, once, and gives the exit code. */
function tell(error: unknown, isJson: boolean, { out, err }: Surroundings): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED;
  if (error instanceof Misuse) {
    err(`${error.message}\n`);
    return MISUSED;
  }
  if (error instanceof ConfigError) {
    err(`${error.mistakes.join('; ')}\n`);
    return MISUSED;
  }
  if (error instanceof Refusal) {
    if (isJson && error.body !== undefined) out(`${JSON.stringify(error.body, null, 2)}\n`);
    else err(`${error.message}\n`);
    return REFUSED;
  }
  if (error instanceof AppError) {
    const { title, message } = visible(error);
    err(`${title}: ${message}\n`);
    return REFUSED;
  }
  throw error;
}
