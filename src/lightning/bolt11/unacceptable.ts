import { RequestError } from '../../errors.ts';

/** The refusal of an invoice's text; the reason may be read aloud to a person by a wallet. */
export function unacceptable(reason: string): RequestError {
  return new RequestError('invoice-unacceptable', reason);
}
