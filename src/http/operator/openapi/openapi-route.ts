import type { RequestHandler } from 'express';
import { z } from 'zod';
import { type Answer, found, send } from '../answer.ts';
import { type DescribedPath, json } from '../route.ts';
import { openApiDocument } from './document.ts';

/** What the document says of itself. */
export const OPENAPI_PATH: DescribedPath = {
  path: '/openapi.json',
  opening: undefined,
  methods: {
    GET: { summary: 'This document. It needs no key.', answers: { 200: json(z.looseObject({})) } },
  },
};

/** `/openapi.json`: this API for programs. It holds no secret, so anybody may read it. */
export function showsDocument(paths: readonly DescribedPath[]): RequestHandler {
  let answer: Answer | undefined;
  return (_req, res) => {
    answer ??= found(openApiDocument(paths));
    send(res, answer);
  };
}
