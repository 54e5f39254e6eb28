import { type RequestHandler, Router } from 'express';
import type { Session } from '../../accounts/sessions.ts';
import type { Log } from '../../log.ts';
import type { CallerLimits } from '../limits/caller-limits.ts';
import { tooMany } from '../limits/too-many.ts';
import type { PublicUrls } from '../public-urls.ts';
import { callerOf } from '../wallet/call.ts';
import { LoginCookies } from './login-cookies.ts';
import { loginPage } from './login-page.ts';
import { LoginStreams, type StreamParts } from './login-stream.ts';
import { notSignedIn, refuseBrowser } from './refuse-browser.ts';
import { onlyFrom } from './same-origin.ts';

export interface LoginParts extends StreamParts {
  readonly urls: PublicUrls;
  readonly log: Log;
  readonly trustedProxies: number;
  readonly limits: CallerLimits;
}

/**
 * `/login`: the page, and what it asks. A login belongs to the browser that began it, by a cookie that
 * only that browser has; k1, which everybody can read from the screen, is not asked for anywhere.
 */
export function loginRouter(parts: LoginParts): Router {
  const { sessions, urls, log, trustedProxies, limits } = parts;
  const cookies = new LoginCookies(urls.authOrigin);
  const streams = new LoginStreams(parts);
  const ours = onlyFrom(urls.authOrigin);
  const router = Router();
  router.get('/login', loginPage(urls, cookies));
  router.use('/login', unkept);

  router.post('/login/start', ours, async (req, res) => {
    const waitMs = await limits.take(callerOf(req, trustedProxies), undefined);
    if (waitMs !== undefined) throw tooMany(res, waitMs);
    const { login, secret } = await sessions.begin(cookies.read(req, 'login'));
    cookies.set(res, 'login', secret);
    res.json({
      ...urls.loginForms(login.k1, login.action),
      expiresAt: new Date(login.expiresAt).toISOString(),
      expiresInSeconds: (login.expiresAt - login.createdAt) / SECOND_MS,
    });
  });

  router.get('/login/events', async (req, res) => {
    await streams.send(cookies.read(req, 'login'), res);
  });

  router.post('/login/session', ours, async (req, res) => {
    const secret = cookies.read(req, 'login');
    const opened = secret && (await sessions.open(secret, cookies.read(req, 'session')));
    if (!opened) throw notSignedIn('No wallet has confirmed a login of this browser');
    cookies.set(res, 'session', opened.secret);
    cookies.clear(res, 'login');
    res.json(sessionToJson(opened.session));
  });

  router.get('/login/me', async (req, res) => {
    const secret = cookies.read(req, 'session');
    const session = secret && (await sessions.find(secret));
    if (!session) throw notSignedIn('Nobody is signed in with this browser');
    res.json(sessionToJson(session));
  });

  router.post('/login/logout', ours, async (req, res) => {
    const secret = cookies.read(req, 'session');
    if (secret !== undefined) await sessions.end(secret);
    cookies.clear(res, 'session');
    res.status(204).end();
  });

  router.use('/login', refuseBrowser(log));
  return router;
}

const SECOND_MS = 1000;

const unkept: RequestHandler = (_req, res, next) => {
  res.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  next();
};

function sessionToJson({ linkingKey, expiresAt }: Session): object {
  return { linkingKey, expiresAt: new Date(expiresAt).toISOString() };
}
