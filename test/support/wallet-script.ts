/** What a wallet can be told to do: names, and functions of one JSON value that answer another. */
export type WalletSkills = Readonly<Record<string, (order: never) => Promise<unknown>>>;

/** Runs in a process of its own and does what the test says, until the test is over. */
export function obeys(skills: WalletSkills): void {
  process.on('message', (message: { number: number; skill: string; order: never }) => {
    const { number, skill, order } = message;
    const work = skills[skill]?.(order) ?? Promise.reject(new Error(`no skill ${skill}`));
    work.then(
      (answer) => process.send?.({ number, answer }),
      (error: unknown) => process.send?.({ number, failure: textOf(error) }),
    );
  });
  process.send?.({ ready: true });
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause ? ` (${textOf(error.cause)})` : '';
  return text + cause;
}
