import type { Environment } from './environment.ts';
import { isDomain, isLoopback } from './host.ts';
import { readOrigin } from './origin.ts';

/** Under which names the world knows us. */
export interface PublicNames {
  /** The origin of every URL that we give out, without a slash at its end. */
  readonly publicUrl: string;
  /** The origin of login links: a wallet's key depends on its host (LUD-04). */
  readonly authUrl: string;
  /** The login host that the operator says may replace the one of before (FC-18). */
  readonly confirmAuthHost: string | undefined;
  /** What may stand behind the `@` of an address (LUD-16, FC-6); never empty. */
  readonly addressDomains: readonly string[];
}

const DEMO_URL = 'http://localhost:3000';

/** Reads our public names; with the demo node they need not be given. */
export function readPublicNames(environment: Environment, node: 'demo' | 'real'): PublicNames {
  const publicUrl = readUrl(environment, 'BOLTGATE_PUBLIC_URL') ?? DEMO_URL;
  if (node === 'real' && !environment.has('BOLTGATE_PUBLIC_URL')) {
    environment.mistake('BOLTGATE_PUBLIC_URL', 'is not given; every code that we print holds it');
  }
  return {
    publicUrl,
    authUrl: readUrl(environment, 'BOLTGATE_AUTH_URL') ?? publicUrl,
    confirmAuthHost: environment.value(
      'BOLTGATE_CONFIRM_AUTH_HOST',
      parseAuthHost,
      'the host of BOLTGATE_AUTH_URL, such as pay.example.org',
      undefined,
    ),
    addressDomains: environment.value(
      'BOLTGATE_ADDRESS_DOMAINS',
      parseDomains,
      'a list of lower-case domains without port, such as example.org,example.com',
      [new URL(publicUrl).hostname],
    ),
  };
}

function readUrl(
  environment: Environment,
  name: 'BOLTGATE_PUBLIC_URL' | 'BOLTGATE_AUTH_URL',
): string | undefined {
  const text = environment.text(name);
  if (text === undefined) return undefined;
  const result = readOrigin(text);
  if ('origin' in result) return result.origin;
  environment.mistake(name, result.fault);
  return undefined;
}

/** A host as it stands in an origin: on this machine it may have a port. */
function parseAuthHost(text: string): string | undefined {
  const host = text.toLowerCase();
  return isDomain(host) || isLoopback(host.replace(/:\d+$/, '')) ? host : undefined;
}

function parseDomains(text: string): readonly string[] | undefined {
  const domains = text.split(',').map((domain) => domain.trim());
  const valid = domains.every((domain) => isDomain(domain) || domain === 'localhost');
  return valid ? [...new Set(domains)] : undefined;
}
