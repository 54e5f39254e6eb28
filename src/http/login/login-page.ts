import type { Request, RequestHandler } from 'express';
import { pageHeaders } from '../pages/csp.ts';
import { openTemplate } from '../pages/template.ts';
import type { PublicUrls } from '../public-urls.ts';
import type { LoginCookie, LoginCookies } from './login-cookies.ts';

type LoginUrls = Pick<PublicUrls, 'authOrigin'>;

/**
 * The login page. It names the host that wallet and address bar must show: somebody who puts our code
 * on a page of his own is found out by nothing else.
 */
export function loginPage({ authOrigin }: LoginUrls, cookies: LoginCookies): RequestHandler {
  const write = openTemplate('login.html', ['host', 'known', 'loginUrl']);
  return page((req) => {
    return write({ ...namesOf(authOrigin), known: knownOf(req) });
  });

  /** What the page may ask for: not the secret itself, only that there is one. */
  function knownOf(req: Request): LoginCookie | undefined {
    return (['login', 'session'] as const).find(
      (cookie) => cookies.read(req, cookie) !== undefined,
    );
  }
}

/** LUD-04: what a browser sees behind the URL that is meant for wallets. */
export function loginCodePage({ authOrigin }: LoginUrls): RequestHandler {
  const html = openTemplate('login-code.html', ['host', 'loginUrl'])(namesOf(authOrigin));
  return page(() => html);
}

function namesOf(authOrigin: string): { readonly host: string; readonly loginUrl: string } {
  return { host: new URL(authOrigin).host, loginUrl: `${authOrigin}/login` };
}

function page(write: (req: Request) => string): RequestHandler {
  const headers = pageHeaders();
  return (req, res, next) => {
    headers(req, res, (error?: unknown) => {
      if (error === undefined) res.type('html').send(write(req));
      else next(error);
    });
  };
}
