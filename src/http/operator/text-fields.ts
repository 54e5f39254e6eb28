import { z } from 'zod';
import { RequestError } from '../../errors.ts';
import { parseAddressName } from '../../lnurl/address.ts';
import { checkSuccessAction } from '../../lnurl/pay/success-action.ts';
import { says } from './fields.ts';
import { parseTime } from './time.ts';

/** A text that `faultOf` has nothing against. */
export function text(faultOf: (text: string) => string | undefined) {
  return z.string(says('must be a text')).superRefine((given, ctx) => {
    const fault = faultOf(given);
    if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault });
  });
}

const LABEL_MAX_CHARACTERS = 200;

/** An operator's own name for something. */
export const label = text(labelFault).meta({
  description: `1 to ${LABEL_MAX_CHARACTERS} characters, no control characters.`,
});

/** A moment (RFC 3339). */
export const time = text(timeFault).meta({
  description: 'With its offset, from 1970 on.',
  format: 'date-time',
  examples: ['2026-01-31T12:00:00Z'],
});

/** The name of an address (LUD-16). */
export const addressName = text(nameFault).meta({
  description:
    '1 to 64 of a-z, 0-9, dot, dash and underscore, without a dot at its ends; `_` is the domain itself. Capitals become small.',
  examples: ['alice'],
});

/** What is wrong with an operator's own name for something, or undefined. */
function labelFault(label: string): string | undefined {
  const length = [...label].length;
  if (label.trim() === '' || length > LABEL_MAX_CHARACTERS) {
    return `must be 1 to ${LABEL_MAX_CHARACTERS} characters`;
  }
  return /[\p{Cc}\p{Cs}]/u.test(label) ? 'must have no control characters' : undefined;
}

/** What is wrong with a time, or undefined. */
function timeFault(time: string): string | undefined {
  return parseTime(time) === undefined ? 'must be a time such as 2026-01-31T12:00:00Z' : undefined;
}

/** What is wrong with the name of an address (LUD-16), or undefined. */
function nameFault(name: string): string | undefined {
  if (parseAddressName(name) !== undefined) return undefined;
  return 'must be 1 to 64 of a-z, 0-9, dot, dash and underscore, without a dot at its ends';
}

const ACTION_RULE = says('must be an object of tag message or url');

/** LUD-09, with the rules for its link, which must be where our callbacks are. */
export function successAction(publicUrl: string) {
  const message = z.string(says('must be a text'));
  return z
    .discriminatedUnion(
      'tag',
      [
        z.strictObject({ tag: z.literal('message'), message }),
        z.strictObject({ tag: z.literal('url'), description: message, url: message }),
      ],
      ACTION_RULE,
    )
    .superRefine((action, ctx) => {
      for (const { pointer, detail } of actionFaults(action, publicUrl)) {
        ctx.addIssue({ code: 'custom', message: detail, path: pointer.split('/').slice(2) });
      }
    })
    .meta({
      description:
        'LUD-09: what a wallet shows after it has paid. Texts of 1 to 144 bytes of UTF-8; a url must be on the host of the public URL, and `{invoiceId}` in it stands for the id of the invoice.',
    });
}

function actionFaults(action: unknown, publicUrl: string): RequestError['fields'] {
  try {
    checkSuccessAction(action, publicUrl);
    return [];
  } catch (error) {
    if (error instanceof RequestError) return error.fields;
    throw error;
  }
}
