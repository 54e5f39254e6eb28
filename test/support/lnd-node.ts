import { systemClock } from '../../src/clock.ts';
import type { OnCall } from '../../src/lightning/lnd/ended-call.ts';
import type { HintRule } from '../../src/lightning/lnd/hints.ts';
import { LndNode, type LndSettings } from '../../src/lightning/lnd/lnd-node.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { FakeLnd } from './lnd-server.ts';

export const OUR_KEY = `02${'11'.repeat(32)}`;
export const MACAROON = '0201036c6e64';

/** A log that remembers its lines. */
export class KeptLog implements Log {
  readonly lines: { readonly message: string; readonly fields: LogFields }[] = [];

  debug = (message: string, fields: LogFields = {}): void => this.#keep(message, fields);
  info = (message: string, fields: LogFields = {}): void => this.#keep(message, fields);
  warn = (message: string, fields: LogFields = {}): void => this.#keep(message, fields);
  error = (message: string, fields: LogFields = {}): void => this.#keep(message, fields);

  #keep(message: string, fields: LogFields): void {
    this.lines.push({ message, fields });
  }
}

export interface Started extends AsyncDisposable {
  readonly lnd: FakeLnd;
  readonly node: LndNode;
  readonly log: KeptLog;
}

interface Changes {
  readonly settings?: Partial<LndSettings>;
  readonly lnd?: FakeLnd;
  readonly hints?: HintRule;
  readonly paySelf?: boolean;
  readonly clock?: typeof systemClock;
  readonly onCall?: OnCall;
}

/** Our adapter in front of a stand-in for LND that is active and says who it is. */
export async function startLnd(changes: Changes = {}): Promise<Started> {
  const lnd = changes.lnd ?? (await FakeLnd.start());
  lnd.answers('GetInfo', () => getInfo());
  const log = new KeptLog();
  const node = new LndNode({
    settings: { ...settingsFor(lnd), ...changes.settings },
    hints: changes.hints ?? 'never',
    paySelf: changes.paySelf ?? false,
    clock: changes.clock ?? systemClock,
    log,
    onCall: changes.onCall,
  });
  return {
    ...{ lnd, node, log },
    [Symbol.asyncDispose]: async () => {
      await node[Symbol.asyncDispose]();
      await lnd[Symbol.asyncDispose]();
    },
  };
}

export function settingsFor(lnd: FakeLnd): LndSettings {
  const macaroon = inline(MACAROON);
  return {
    host: lnd.host,
    tlsName: undefined,
    cert: inline(lnd.certificate.cert),
    macaroons: { receive: macaroon, pay: macaroon, channel: macaroon },
  };
}

export function inline(text: string) {
  return { kind: 'inline', value: { reveal: () => text } } as const;
}

/** A good answer of GetInfo, with changes. */
export function getInfo(changes: object = {}): object {
  return {
    identity_pubkey: OUR_KEY,
    alias: 'alice',
    version: '0.21.2-beta commit=v0.21.2-beta',
    synced_to_chain: true,
    uris: [`${OUR_KEY}@203.0.113.7:9735`],
    chains: [{ network: 'regtest' }],
    ...changes,
  };
}
