// A wallet made of `js-lnurl`, in a process of its own. The library reads links and first answers; the
// second call is the wallet's own, and the keys of a login come from the helpers of `lnurl`.
import { createRequire } from 'node:module';
import { getParams } from 'js-lnurl';
import { obeys } from './wallet-script.ts';

interface LoginHelpers {
  generateRandomLinkingKey(): { pubKey: Uint8Array; privKey: Uint8Array };
  createAuthorizationSignature(k1: string, privateKey: Uint8Array): Buffer;
}

const { generateRandomLinkingKey, createAuthorizationSignature }: LoginHelpers = createRequire(
  import.meta.url,
)('lnurl');

async function call(callback: string, query: Readonly<Record<string, string>>): Promise<unknown> {
  const glue = callback.includes('?') ? '&' : '?';
  const response = await fetch(callback + glue + new URLSearchParams(query).toString());
  return await response.json();
}

obeys({
  ask: async (link: string) => await getParams(link),
  order: async ({ link, query }: { link: string; query: Readonly<Record<string, string>> }) => {
    const params = await getParams(link);
    if (!('tag' in params) || params.tag !== 'payRequest') return params;
    return await call(params.callback, query);
  },
  login: async ({ link, again }: { link: string; again: boolean }) => {
    const params = await getParams(link);
    if (!('tag' in params) || params.tag !== 'login') return params;
    const { pubKey, privKey } = generateRandomLinkingKey();
    const key = Buffer.from(pubKey).toString('hex');
    const sig = createAuthorizationSignature(params.k1, privKey).toString('hex');
    const answers = [await call(params.callback, { sig, key })];
    if (again) answers.push(await call(params.callback, { sig, key }));
    return { key, domain: params.domain, answers };
  },
});
