import type { PayLink } from '../../accounts/pay-link.ts';
import type { Msat } from '../../msat.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';

/** What an answer was made from. */
interface Basis {
  readonly link: PayLink;
  /** undefined: the link may change at any time, and nothing can be kept. */
  readonly generation: number | undefined;
  readonly inbound: Msat | undefined;
}

export interface ReadyAnswer extends Basis {
  readonly answer: PreparedAnswer;
}

const KEPT_ANSWERS = 10_000;

/** Answers to information calls, kept for as long as what they were made from is the same. */
export class ReadyAnswers {
  readonly #answers = new Map<string, ReadyAnswer>();

  keep(token: string, basis: Basis, body: object): void {
    if (basis.generation === undefined) return;
    if (this.#answers.size >= KEPT_ANSWERS) this.#answers.clear();
    this.#answers.set(token, { ...basis, answer: prepareAnswer(body) });
  }

  find(
    token: string,
    generation: number | undefined,
    inbound: Msat | undefined,
  ): ReadyAnswer | undefined {
    const kept = this.#answers.get(token);
    if (!kept || kept.generation !== generation || kept.inbound !== inbound) return undefined;
    return kept;
  }
}
