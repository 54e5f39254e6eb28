import type { Msat } from '../../msat.ts';

/** FC-7: when an invoice tells of private channels. */
export type HintRule = 'auto' | 'always' | 'never';

/** What goes with an invoice so that payers find a way to us. */
export interface HintFields {
  readonly private?: boolean;
  readonly route_hints?: readonly object[];
}

/** How payers find us when our public channels do not suffice. */
export class RouteHints {
  readonly #rule: HintRule;

  constructor(rule: HintRule) {
    this.#rule = rule;
  }

  for(_amount: Msat): HintFields {
    return this.#rule === 'never' ? {} : { private: true };
  }
}
