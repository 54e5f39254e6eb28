import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import type { z } from 'zod';
import { RequestError, visible } from '../../errors.ts';
import { type PaymentHash, parseHex32 } from '../../hex.ts';
import type { Log } from '../../log.ts';
import { newId, type Random } from '../../random.ts';
import { asAppError, found, refused, send } from '../operator/answer.ts';
import { bodyReader, bytesOf, readJson } from '../operator/body.ts';
import { readFields } from '../operator/fields.ts';
import { refusesMethod } from '../operator/mount.ts';
import type { PublicUrls } from '../public-urls.ts';
import { connectOrder, invoiceOrder, paymentOrder } from './requests.ts';
import { sameOriginOnly } from './same-origin.ts';
import { type Customer, CustomerWallet } from './wallet.ts';

export interface DemoParts {
  readonly customer: Customer;
  readonly urls: Pick<PublicUrls, 'origin'>;
  readonly random: Random;
  readonly log: Log;
}

const BASE = '/demo/wallet';

/**
 * `/demo/wallet`: the wallet of a customer on the demo network, for trying things out. Nobody proves
 * who they are here, so it is mounted with the demo node alone.
 */
export function demoRouter(parts: DemoParts): Router {
  const wallet = new CustomerWallet(parts.customer);
  const readBody = bodyReader();
  const router = Router({ caseSensitive: true, strict: true });
  router.use(BASE, sameOriginOnly(parts.urls.origin));
  router.get(
    BASE,
    answers(async () => await wallet.balance()),
  );
  router.post(
    `${BASE}/pay`,
    readBody,
    answers(async (req) => await wallet.pay(bodyOf(paymentOrder, req))),
  );
  router.post(
    `${BASE}/invoices`,
    readBody,
    answers(async (req) => await wallet.createInvoice(bodyOf(invoiceOrder, req))),
  );
  router.get(
    `${BASE}/invoices/:hash`,
    answers(async (req) => await wallet.invoice(paymentHashIn(req))),
  );
  router.post(
    `${BASE}/connect`,
    readBody,
    answers(async (req) => await wallet.connect(bodyOf(connectOrder, req))),
  );
  router.all([BASE, `${BASE}/invoices/:hash`], refusesMethod('GET, HEAD'));
  router.all([`${BASE}/pay`, `${BASE}/invoices`, `${BASE}/connect`], refusesMethod('POST'));
  router.use(BASE, refuses(parts));
  return router;
}

function answers(handler: (req: Request) => Promise<object>): RequestHandler {
  return async (req, res) => {
    const body = await handler(req);
    res.setHeader('x-content-type-options', 'nosniff');
    send(res, found(body));
  };
}

/** An id that is no payment hash belongs to no invoice. */
function paymentHashIn({ params }: Request): PaymentHash {
  const paymentHash =
    typeof params.hash === 'string' ? parseHex32<PaymentHash>(params.hash) : undefined;
  if (paymentHash) return paymentHash;
  throw new RequestError('not-found', 'There is no invoice with this payment hash');
}

function bodyOf<T>(schema: z.ZodType<T>, req: Request): T {
  return readFields(schema, readJson(bytesOf(req), req.get('content-type')));
}

function refuses({ random, log }: DemoParts): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const requestId = newId('req', random);
    if (visible(asAppError(error)).code === 'internal') {
      log.error('the demo wallet failed', { requestId }, error);
    }
    send(res, refused(error, requestId));
  };
}
