import { z } from 'zod';
import { choiceParameter } from './parameters.ts';

/** How the vouchers of a batch are wanted. Without it the header `Accept` says so. */
export const formatParameter = choiceParameter(
  'format',
  ['csv', 'json'],
  'CSV is for who asks for it, here or by the header `Accept: text/csv`.',
);

/** Vouchers as CSV, in the terms of the document. */
export const CSV_BODY = { 'text/csv': z.string() } as const;
