import { Tokens } from '../../src/accounts/tokens.ts';
import type { WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { readConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { Changed } from '../../src/events/changed.ts';
import { hexToBytes } from '../../src/hex.ts';
import { PublicUrls } from '../../src/http/public-urls.ts';
import type { WalletCall } from '../../src/http/wallet/call.ts';
import { PayHandlers } from '../../src/http/wallet/pay-handlers.ts';
import { WithdrawHandlers } from '../../src/http/wallet/withdraw-handlers.ts';
import type { NodeBalance, NodeInfo } from '../../src/lightning/node.ts';
import { NodeFacts } from '../../src/lightning/node-facts.ts';
import { WalletQuery } from '../../src/lnurl/query.ts';
import type { Log } from '../../src/log.ts';
import { buildMoneyIn, buildMoneyOut } from '../../src/money-rooms.ts';
import { msat, satoshi } from '../../src/msat.ts';
import { TREASURY } from '../../src/payments/ledger.ts';
import type { Random } from '../../src/random.ts';
import type { Connection } from '../../src/store/sqlite-connection.ts';
import { type ConnectionParts, NodeConnection } from './node-connection.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { ServiceClock, SimulatedTime } from './simulated-time.ts';
import { SteppedSql } from './stepped-sql.ts';
import type { Steps } from './steps.ts';
import type { InvoiceMint } from './wallet-invoices.ts';

export interface ServiceParts {
  readonly connection: Connection;
  readonly steps: Steps;
  readonly time: SimulatedTime;
  readonly node: SimulatedNode;
  readonly mint: InvoiceMint;
  readonly random: Random;
  readonly log: Log;
  readonly travel: ConnectionParts['travel'];
  readonly pace: ConnectionParts['pace'];
  /** Which loops run beside the payer's: one that has nothing to do would only cost time. */
  readonly loops: ReadonlySet<'links end' | 'invoices are watched'>;
}

const SERVER_SECRET = '5e'.repeat(32);
const PUBLIC_URL = 'http://localhost:3000';
const { config: CONFIG } = readConfig({ BOLTGATE_PUBLIC_URL: PUBLIC_URL }, () => '');

/** The fee that a claim keeps back, as the server is configured here. */
export const FEE_RULE = CONFIG.feeCap;

/** A reward of up to 100 sat, for one use. */
export const WITHDRAW_TERMS: WithdrawTerms = {
  ...{ description: 'Reward', min: msat(1_000n), max: satoshi(100n), uses: 1 },
  ...{ waitSeconds: undefined, day: undefined, total: undefined, feeMax: undefined },
  ...{ payLinkId: undefined, validFrom: undefined, expiresAt: undefined, label: undefined },
  accountId: TREASURY,
};

/** A node that answers the questions about itself at once, so that they fill no run. */
class PromptConnection extends NodeConnection {
  readonly #node: SimulatedNode;

  constructor(parts: ServiceParts) {
    super(parts);
    this.#node = parts.node;
  }

  override async info(): Promise<NodeInfo> {
    return await Promise.resolve(this.#node.info);
  }

  override async balance(): Promise<NodeBalance> {
    return await Promise.resolve(this.#node.balance);
  }
}

/**
 * One life of the server: its rooms as the process joins them, above HTTP and below. When it dies its
 * database and its node are left as they are, and what it had asked may still arrive.
 */
export class ServiceUnderTest {
  readonly node: NodeConnection;
  readonly sql: SteppedSql;
  readonly clock: ServiceClock;
  readonly payHandlers: PayHandlers;
  readonly withdrawHandlers: WithdrawHandlers;
  readonly moneyIn: ReturnType<typeof buildMoneyIn>;
  readonly moneyOut: ReturnType<typeof buildMoneyOut>;
  readonly #facts: NodeFacts;
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    const { connection, steps, time, random, log } = parts;
    this.#parts = parts;
    this.node = new NodeConnection(parts);
    this.sql = new SteppedSql(connection, steps, this);
    this.clock = time.clock();
    const { clock, sql, node } = this;
    // What the node says of itself is read once: its loop would only add noise.
    this.#facts = new NodeFacts(new PromptConnection(parts), {
      ...STOPPED,
      now: () => clock.now(),
    });
    const facts = this.#facts;
    const tokens = new Tokens(hexToBytes(SERVER_SECRET));
    const base = {
      ...{ config: CONFIG, version: '0', clock, random, log, sql, node, facts, tokens },
      ...{ changed: new Changed(), secrets: SECRETS },
    };
    this.moneyIn = buildMoneyIn(base);
    this.moneyOut = buildMoneyOut(base);
    const urls = new PublicUrls(PUBLIC_URL, PUBLIC_URL);
    const { payLinks, invoices } = this.moneyIn;
    this.payHandlers = new PayHandlers({
      ...{ payLinks, invoices, tokens, urls, facts, clock, addressDomains: [] },
    });
    this.withdrawHandlers = new WithdrawHandlers({
      ...{ ...this.moneyOut, payLinks, urls, facts, clock },
      ...{ feeRule: CONFIG.feeCap, spendDay: CONFIG.spendDay },
    });
  }

  async start(): Promise<void> {
    await this.#facts.start();
    this.moneyOut.payerLoop.start();
    const { loops } = this.#parts;
    if (loops.has('links end')) this.moneyOut.linkEnd.start();
    if (loops.has('invoices are watched')) this.moneyIn.watch.start();
  }

  /** As by a signal that nobody can catch: nothing more happens in it. */
  die(requests: 'lost' | 'late'): void {
    this.node.die(requests);
    this.#parts.steps.dropOf(this);
    this.clock.stop();
  }
}

const STOPPED = {
  sleep: async (): Promise<void> => await new Promise<void>(() => undefined),
};

const SECRETS = {
  serverSecret: new Secret(SERVER_SECRET),
  adminKey: new Secret('bg_nobody'),
  keep: async (): Promise<void> => await Promise.resolve(),
};

/** What a wallet sends, as the router hands it on. */
export function walletCall(query: Readonly<Record<string, string>>, caller = 'wallet'): WalletCall {
  return {
    query: new WalletQuery(new URLSearchParams(query).toString()),
    caller,
    host: 'localhost',
  };
}

/** The largest claim that fits: its fee cap is kept back beside it. */
export function withFee(amount: bigint): bigint {
  const share = (amount * BigInt(FEE_RULE.ppm) + 999_999n) / 1_000_000n;
  return msat(amount + (share > FEE_RULE.min ? share : FEE_RULE.min));
}
