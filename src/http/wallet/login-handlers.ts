import type { Logins } from '../../accounts/logins.ts';
import type { WalletHandler } from './call.ts';

/** What wallets ask of logins. */
export class LoginHandlers {
  readonly #logins: Pick<Logins, 'answer'>;

  constructor(logins: Pick<Logins, 'answer'>) {
    this.#logins = logins;
  }

  /** LUD-04: one URL that is shown and called. Without a signature it says what is missing. */
  readonly answer: WalletHandler = async (_params, call) => {
    await this.#logins.answer(call.query);
    return { status: 'OK' };
  };
}
