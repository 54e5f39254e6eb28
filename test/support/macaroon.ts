import type { Right } from '../../src/lightning/lnd/macaroon-facts.ts';
import { type Flow, rightsOf } from '../../src/lightning/lnd/rpcs.ts';

interface Draft {
  readonly rights: readonly Right[];
  readonly rootKeyId?: string;
  readonly caveats?: readonly string[];
}

/** A macaroon as LND writes it, in hex; signed by nobody. */
export function craftMacaroon({ rights, rootKeyId = '0', caveats = [] }: Draft): string {
  const entities = [...new Set(rights.map(({ entity }) => entity))];
  const ops = entities.map((entity) => {
    const actions = rights.filter((right) => right.entity === entity);
    return field(3, [
      field(1, Buffer.from(entity)),
      ...actions.map(({ action }) => field(2, Buffer.from(action))),
    ]);
  });
  const id = [field(1, Buffer.alloc(16, 9)), field(2, Buffer.from(rootKeyId)), ...ops];
  const identifier = Buffer.concat([Buffer.from([3]), ...id]);
  const conditions = caveats.map((caveat) => [packet(2, Buffer.from(caveat)), END]);
  return Buffer.concat([
    Buffer.from([2]),
    ...[packet(1, Buffer.from('lnd')), packet(2, identifier), END],
    ...conditions.flat(),
    ...[END, packet(6, Buffer.alloc(32, 7))],
  ]).toString('hex');
}

/** The least rights of a flow, as `boltgate macaroons` asks for them. */
export function leastRights(...flows: readonly Flow[]): Right[] {
  return [...new Set(flows.flatMap(rightsOf))].map((action) => ({ entity: 'uri', action }));
}

/** What LND's own admin.macaroon may do. */
export const ADMIN_RIGHTS: readonly Right[] = [
  ...['address', 'info', 'invoices', 'macaroon', 'message', 'offchain', 'onchain', 'peers'],
].flatMap((entity) => {
  const actions = entity === 'macaroon' ? ['generate', 'read', 'write'] : ['read', 'write'];
  return actions.map((action) => ({ entity, action }));
});

const END = Buffer.from([0]);

function packet(kind: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind]), varint(data.length), data]);
}

function field(number: number, content: Buffer | readonly Buffer[]): Buffer {
  const data = Buffer.isBuffer(content) ? content : Buffer.concat(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(data.length), data]);
}

function varint(value: number): Buffer {
  return value < 0x80 ? Buffer.from([value]) : Buffer.from([(value & 0x7f) | 0x80, value >> 7]);
}
