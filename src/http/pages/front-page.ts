import { Router } from 'express';
import { pageHeaders } from './csp.ts';
import { openTemplate } from './template.ts';

export interface FrontParts {
  readonly site: string;
  readonly version: string;
  /** Whether the node is the demo node, where no real money moves. */
  readonly demo: boolean;
}

/** `/`: what this server is, for a person who types its name. */
export function frontRouter({ site, version, demo }: FrontParts): Router {
  const page = openTemplate('front.html', ['demo', 'site', 'version']);
  const html = page({ site, version, demo: demo ? 'yes' : undefined });
  const router = Router();
  router.get('/', pageHeaders(), (_req, res) => {
    res.type('html').send(html);
  });
  return router;
}
