/** Something that waits for its turn: a commit, a request on its way, an answer, a payment. */
export interface Step {
  readonly label: string;
  /** It is gone when its owner is: a service that crashed, a node that stopped. */
  readonly owner: object;
  /** How likely it is chosen by chance, beside the others. */
  readonly weight: number;
  /** Time may pass while it waits. */
  readonly lazy: boolean;
  /** Time may not pass beyond this moment while it waits. */
  readonly dueAt?: number;
  readonly take: () => void | Promise<void>;
}

/**
 * All that could happen next. Nothing in a run moves but by one of these, so that whoever chooses
 * among them has the whole order of events in hand.
 */
export class Steps {
  #waiting: Step[] = [];

  get waiting(): readonly Step[] {
    return this.#waiting;
  }

  add(step: Step): Step {
    this.#waiting.push(step);
    return step;
  }

  drop(...dropped: readonly Step[]): void {
    for (const step of dropped) {
      const place = this.#waiting.indexOf(step);
      if (place >= 0) this.#waiting.splice(place, 1);
    }
  }

  dropOf(owner: object): void {
    this.#waiting = this.#waiting.filter((step) => step.owner !== owner);
  }

  /** Does it, and returns when everything that follows from it waits for a step again. */
  async take(step: Step): Promise<void> {
    this.drop(step);
    await step.take();
    await quiet();
  }

  /** The step that time must not pass by before this moment. */
  dueBefore(moment: number): (Step & { readonly dueAt: number }) | undefined {
    return this.#waiting
      .filter(
        (step): step is Step & { readonly dueAt: number } => (step.dueAt ?? Infinity) <= moment,
      )
      .sort((a, b) => a.dueAt - b.dueAt)[0];
  }
}

/** Every promise that can go on has gone on when this resolves. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
