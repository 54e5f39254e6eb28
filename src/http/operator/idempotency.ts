import { AlreadyAnswered, type Receipt } from '../../accounts/receipt.ts';
import type { Clock } from '../../clock.ts';
import { RequestError, visible } from '../../errors.ts';
import { sha256Hex } from '../../hex.ts';
import type { Random } from '../../random.ts';
import { seal, unseal } from '../../sealed.ts';
import { type Answer, refused } from './answer.ts';
import type { Caller } from './keys.ts';

/** Answers that were given before. */
export interface Receipts {
  find(apiKeyId: string, key: string): Promise<Receipt | undefined>;
  /** Throws AlreadyAnswered when the key has an answer already. */
  add(receipt: Receipt): Promise<void>;
}

/** Turns the answer of a piece of work into what is written in its transaction. */
export type ReceiptOf = (answer: Answer) => Receipt;

/** One POST. */
export interface Posted {
  readonly caller: Caller;
  /** `Idempotency-Key`, if it came with one. */
  readonly key: string | undefined;
  readonly path: string;
  readonly body: Uint8Array;
  readonly requestId: string;
}

interface Parts {
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * FC-31: a POST with an `Idempotency-Key` is done once, however often and at once it comes. What was
 * answered first is answered again, refusals included. An answer of 5xx is not kept: nothing was
 * done, and the next try may go better.
 */
export class Idempotency {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Does the work, or gives the first answer again. `work` hands `receiptOf` to the store. */
  async once(
    posted: Posted,
    work: (receiptOf: ReceiptOf | undefined) => Promise<Answer>,
  ): Promise<{ answer: Answer; replayed: boolean }> {
    const { key } = posted;
    if (key === undefined) return { answer: await work(undefined), replayed: false };
    assertKey(key);
    const before = await this.#parts.receipts.find(posted.caller.apiKeyId, key);
    if (before) return { answer: again(before, posted), replayed: true };
    try {
      return { answer: await this.#first(posted, key, work), replayed: false };
    } catch (error) {
      if (!(error instanceof AlreadyAnswered)) throw error;
      const first = await this.#parts.receipts.find(posted.caller.apiKeyId, key);
      if (!first) throw new Error('a receipt was taken away right after it was written');
      return { answer: again(first, posted), replayed: true };
    }
  }

  async #first(
    posted: Posted,
    key: string,
    work: (receiptOf: ReceiptOf) => Promise<Answer>,
  ): Promise<Answer> {
    const receiptOf: ReceiptOf = (answer) => this.#receipt(posted, key, answer);
    try {
      return await work(receiptOf);
    } catch (error) {
      if (error instanceof AlreadyAnswered || visible(error).status >= 500) throw error;
      await this.#parts.receipts.add(receiptOf(refused(error, posted.requestId)));
      throw error;
    }
  }

  #receipt(posted: Posted, key: string, { status, text }: Answer): Receipt {
    const { clock, random } = this.#parts;
    return {
      apiKeyId: posted.caller.apiKeyId,
      key,
      requestHash: hashOf(posted),
      status,
      body: seal(text, posted.caller.apiKey, 'receipt', random),
      createdAt: clock.now(),
    };
  }
}

/** The first answer once more, byte for byte. */
function again(receipt: Receipt, posted: Posted): Answer {
  if (receipt.requestHash !== hashOf(posted)) throw conflict('another request');
  const text = unseal(receipt.body, posted.caller.apiKey, 'receipt');
  if (text === undefined) throw conflict('a request with an earlier API key');
  return { status: receipt.status, text };
}

function conflict(what: string): RequestError {
  return new RequestError('idempotency-conflict', `This Idempotency-Key was used for ${what}`);
}

function hashOf({ path, body }: Posted): string {
  return sha256Hex(Buffer.concat([Buffer.from(`POST ${path}\n`), body]));
}

function assertKey(key: string): void {
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return;
  throw new RequestError('invalid-request', 'Idempotency-Key must be 1 to 255 ASCII characters');
}
