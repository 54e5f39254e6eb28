import type { Router } from 'express';

/** What there is of a route in the framework. */
interface RouteLayer {
  readonly route?: {
    readonly path: string | readonly string[];
    readonly methods: Readonly<Record<string, boolean>>;
  };
  readonly handle?: { readonly stack?: readonly RouteLayer[] };
}

/** Every route of a router, those of routers in it too. */
export function routesOf({
  stack,
}: Pick<Router, 'stack'> | { readonly stack: readonly RouteLayer[] }) {
  const found: { method: string; path: string }[] = [];
  for (const { route, handle } of stack as readonly RouteLayer[]) {
    if (handle?.stack && !route) found.push(...routesOf({ stack: handle.stack }));
    for (const path of [route?.path ?? []].flat()) {
      for (const method of Object.keys(route?.methods ?? {})) {
        if (method !== '_all') found.push({ method: method.toUpperCase(), path });
      }
    }
  }
  return found;
}
