import { type PreparedAnswer, prepareAnswer } from './answer.ts';

/** What an answer was made from, part by part; `undefined` in the first place: of nothing that lasts. */
export type Basis = readonly (number | bigint | undefined)[];

export interface ReadyAnswer<Link> {
  readonly link: Link;
  readonly basis: Basis;
  readonly answer: PreparedAnswer;
}

const KEPT_ANSWERS = 10_000;

/** Answers to information calls, kept for as long as what they were made from is the same. */
export class ReadyAnswers<Link> {
  readonly #answers = new Map<string, ReadyAnswer<Link>>();

  keep(token: string, link: Link, basis: Basis, body: object): void {
    if (basis[0] === undefined) return;
    if (this.#answers.size >= KEPT_ANSWERS) this.#answers.clear();
    this.#answers.set(token, { link, basis, answer: prepareAnswer(body) });
  }

  find(token: string, basis: Basis): ReadyAnswer<Link> | undefined {
    const kept = this.#answers.get(token);
    return kept?.basis.every((part, place) => part === basis[place]) ? kept : undefined;
  }
}
