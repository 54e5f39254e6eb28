import { z } from 'zod';
import { Refusal } from '../failure.ts';
import { shaped } from './shape.ts';
import { isWalletUrl } from './wallet-url.ts';

const MAX_TEXT_BYTES = 144;
const MAX_URL_CHARACTERS = 2_047;

/** Wallets count bytes, code units or code points: bytes are the strictest (LUD-09). */
const shown = z
  .string()
  .refine(
    (text) => text.trim() !== '' && Buffer.byteLength(text) <= MAX_TEXT_BYTES,
    `is not 1 to ${MAX_TEXT_BYTES} bytes`,
  );

const followed = z.string().refine(isWalletUrl, 'is no URL that wallets follow');

const successAction = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('message'), message: shown }),
  z.strictObject({
    tag: z.literal('url'),
    description: shown,
    url: followed.max(MAX_URL_CHARACTERS),
  }),
]);

export type SuccessAction = z.infer<typeof successAction>;

/** LUD-06, second answer, with what LUD-09, LUD-11 and LUD-21 add. */
const payAnswer = z.strictObject({
  pr: z.string().regex(/^ln[a-z0-9]+$/, 'is no invoice in small letters'),
  routes: z.tuple([]),
  successAction: successAction.optional(),
  disposable: z.boolean().optional(),
  verify: followed.optional(),
});

export type PayAnswer = z.infer<typeof payAnswer>;

/** LUD-06, second call: checks the answer to it; the invoice in it is checked apart. */
export function readPayAnswer(body: object, callback: string): PayAnswer {
  const answer = shaped(payAnswer, body, 'The answer with the invoice');
  const { host } = new URL(callback);
  const action = answer.successAction;
  if (action?.tag === 'url' && new URL(action.url).host !== host) {
    throw new Refusal(`The success action leads away from ${host} (LUD-09)`);
  }
  if (answer.verify === undefined) return answer;
  const verify = new URL(answer.verify);
  if (verify.host !== host || verify.search !== '') {
    throw new Refusal(`The verify URL is not a plain path on ${host} (LUD-21)`);
  }
  return answer;
}

/** What a wallet shows after it has paid (LUD-09). */
export function successText(action: SuccessAction): string {
  return action.tag === 'message' ? action.message : `${action.description}: ${action.url}`;
}
