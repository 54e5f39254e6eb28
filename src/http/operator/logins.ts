import { z } from 'zod';
import { LOGIN_ACTIONS, type Login } from '../../accounts/login.ts';
import type { Logins } from '../../accounts/logins.ts';
import type { PublicUrls } from '../public-urls.ts';
import { type Answer, created, found } from './answer.ts';
import { readFields, says } from './fields.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { LOGINS } from './scopes.ts';
import { timeToJson } from './time.ts';

const newLogin = z.strictObject(
  { action: z.enum(LOGIN_ACTIONS, says(`must be one of ${LOGIN_ACTIONS.join(', ')}`)).optional() },
  says('must be a JSON object'),
);

/** `/logins`: what a site asks wallets to prove, and what came of it (LUD-04). */
export function loginRoutes(logins: Logins, urls: PublicUrls): OperatorRoute[] {
  const toJson = (login: Login): object => loginToJson(login, urls);
  const create = async ({ body, receiptOf }: OperatorCall): Promise<Answer> => {
    const wish = readFields(newLogin, body());
    const login = await logins.create(
      wish,
      receiptOf && ((made) => receiptOf(created(toJson(made)))),
    );
    return created(toJson(login));
  };
  const list = async ({ query }: OperatorCall): Promise<Answer> =>
    await listed<Login>(query, {
      list: async (limit, after) => await logins.list(limit, after),
      get: async (id) => await logins.get(id),
      toJson,
    });
  return [
    { path: '/logins', opening: LOGINS, methods: { GET: list, POST: create } },
    {
      path: '/logins/:id',
      opening: LOGINS,
      methods: { GET: async ({ id }) => found(toJson(await logins.get(id))) },
    },
  ];
}

/** A login as operators read it. Its k1 is of use to wallets while it is pending. */
function loginToJson(login: Login, urls: PublicUrls): object {
  const { id, k1, action, state, proof } = login;
  return {
    id,
    ...(state === 'pending' && { k1 }),
    ...urls.loginForms(k1, action),
    ...(action !== undefined && { action }),
    state,
    ...(proof && { linkingKey: proof.linkingKey }),
    createdAt: timeToJson(login.createdAt),
    expiresAt: timeToJson(login.expiresAt),
    ...(proof && { verifiedAt: timeToJson(proof.verifiedAt) }),
  };
}
