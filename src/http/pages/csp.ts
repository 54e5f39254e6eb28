import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Headers of every page: nothing runs and nothing loads but what this server serves, also under its
 * other `origins`, nobody frames it, and nobody keeps it. The page and the JSON for wallets share one
 * URL, hence `Vary` (checklist GEN-14).
 */
export function pageHeaders(...origins: readonly string[]): RequestHandler {
  const ours = ["'self'", ...origins];
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'img-src': [...ours, 'data:'],
        'style-src': ours,
        'script-src': ours,
        'connect-src': ours,
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    // Whether the whole domain is https for ever is not ours to promise; the proxy may.
    strictTransportSecurity: false,
  });
  return (req, res, next) => {
    res.set({ vary: 'Accept', 'cache-control': 'no-store' });
    secure(req, res, next);
  };
}
