import { z } from 'zod';
import { hexOf } from './credentials.ts';
import { type Flow, rightsOf } from './rpcs.ts';
import type { LndVisit } from './visit.ts';

/** What a new macaroon is to be. */
export interface Order {
  readonly flow: Flow;
  /** Never 0, which is the key of LND's own macaroons: it can be deleted, and all made with it die. */
  readonly rootKeyId: number;
}

const BAKE = '/lnrpc.Lightning/BakeMacaroon';
const DEADLINE_MS = 10_000;

const BAKED = z.object({
  macaroon: z.string().transform((text, context): Buffer => {
    const hex = hexOf(Buffer.from(text));
    if (hex !== undefined && hex !== '') return Buffer.from(hex, 'hex');
    context.addIssue({ code: 'custom', message: 'not a macaroon' });
    return z.NEVER;
  }),
});

/** Lets LND make a macaroon for the calls of one flow and no other. Throws LndFailure. */
export async function bakeMacaroon(
  visit: LndVisit,
  admin: string,
  { flow, rootKeyId }: Order,
): Promise<Buffer> {
  const permissions = rightsOf(flow).map((path) => ({ entity: 'uri', action: path }));
  const request = { permissions, root_key_id: String(rootKeyId) };
  const call = { path: BAKE, request, macaroon: admin, deadlineMs: DEADLINE_MS };
  return (await visit.ask(call, BAKED)).macaroon;
}
