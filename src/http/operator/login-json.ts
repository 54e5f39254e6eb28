import { z } from 'zod';
import { LOGIN_ACTIONS, type Login, type LoginState } from '../../accounts/login.ts';
import type { PublicUrls } from '../public-urls.ts';
import { hexJson, linkFormsJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

const STATES = ['pending', 'verified', 'expired'] as const satisfies readonly LoginState[];

/** A login as operators read it. Its k1 is of use to wallets while it is pending. */
export const loginJson = z
  .strictObject({
    id: z.string(),
    k1: hexJson.meta({ description: 'While it is pending.' }).optional(),
    ...linkFormsJson,
    action: z.enum(LOGIN_ACTIONS).optional(),
    state: z.enum(STATES),
    linkingKey: hexJson.meta({ description: 'Who it is, once it is verified.' }).optional(),
    createdAt: timeJson,
    expiresAt: timeJson,
    verifiedAt: timeJson.optional(),
  })
  .meta({ id: 'Login' });

export function loginToJson(login: Login, urls: PublicUrls): z.infer<typeof loginJson> {
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
