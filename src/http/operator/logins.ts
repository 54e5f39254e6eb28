import { z } from 'zod';
import { LOGIN_ACTIONS, type Login } from '../../accounts/login.ts';
import type { Logins } from '../../accounts/logins.ts';
import type { PublicUrls } from '../public-urls.ts';
import { type Answer, created, found } from './answer.ts';
import { says } from './fields.ts';
import { listed, lists } from './list.ts';
import { loginJson, loginToJson } from './login-json.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { LOGINS } from './scopes.ts';

const newLogin = z.strictObject(
  { action: z.enum(LOGIN_ACTIONS, says(`must be one of ${LOGIN_ACTIONS.join(', ')}`)).optional() },
  says('must be a JSON object'),
);

/** `/logins`: what a site asks wallets to prove, and what came of it (LUD-04). */
export function loginRoutes(logins: Logins, urls: PublicUrls): OperatorRoute[] {
  const toJson = (login: Login): object => loginToJson(login, urls);
  const create = async (call: CallWith<typeof newLogin>): Promise<Answer> => {
    const { fields, receiptOf } = call;
    const login = await logins.create(
      fields(),
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
    {
      path: '/logins',
      opening: LOGINS,
      methods: {
        GET: { summary: 'Lists logins.', ...lists(loginJson), handle: list },
        POST: {
          summary: 'Makes a code that a wallet answers with its key (LUD-04).',
          ...reads(newLogin, create),
          answers: { 201: json(loginJson) },
        },
      },
    },
    {
      path: '/logins/:id',
      opening: LOGINS,
      methods: {
        GET: {
          summary: 'Shows a login, and which key answered.',
          answers: { 200: json(loginJson) },
          handle: async ({ id }) => found(toJson(await logins.get(id))),
        },
      },
    },
  ];
}
