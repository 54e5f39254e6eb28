import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tempFolder } from './temp-folder.ts';
import { selfMadeCertificate } from './wallet-certificate.ts';

const FOLDER = import.meta.dirname;

/** A client library in a process of its own, as a wallet on somebody's phone. */
export interface WalletDevice extends AsyncDisposable {
  /** Lets the wallet do what its script can. Rejects with what the library threw. */
  tell<T>(skill: string, order?: unknown): Promise<T>;
}

interface Reply {
  readonly number: number;
  readonly answer?: unknown;
  readonly failure?: string;
}

/**
 * Starts the wallet of a script in this folder. Whatever host it asks for, it reaches the server at
 * `origin`: by http straight, as through an onion service, and by https through a front that ends
 * TLS with a certificate of its own, which the wallet trusts by Node's NODE_EXTRA_CA_CERTS.
 */
export async function openDevice(
  script: string,
  origin: string,
  hosts: readonly string[],
): Promise<WalletDevice> {
  const folder = tempFolder();
  const { key, cert } = selfMadeCertificate(hosts);
  const authority = join(folder.path, 'authority.pem');
  writeFileSync(authority, cert);
  const front = await openFront(origin, { key, cert });
  const child = fork(join(FOLDER, script), {
    execArgv: ['typescript-hooks.js', 'wallet-network.js'].flatMap((file) => [
      '--import',
      join(FOLDER, file),
    ]),
    env: {
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: authority,
      WALLET_HTTPS_PORT: String((front.address() as AddressInfo).port),
      WALLET_HTTP_PORT: new URL(origin).port,
    },
  });
  const device = new Device(child);
  await device.ready;
  return {
    tell: async (skill, order) => await device.tell(skill, order),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      front.closeAllConnections();
      front.close();
      folder[Symbol.dispose]();
    },
  };
}

class Device {
  readonly ready: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #count = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the wallet ended at its start'))),
    ]);
    child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.number)?.(reply);
      this.#waiting.delete(reply.number);
    });
  }

  async tell<T>(skill: string, order: unknown): Promise<T> {
    this.#count += 1;
    const number = this.#count;
    const reply = new Promise<Reply>((resolve) => this.#waiting.set(number, resolve));
    this.#child.send({ number, skill, order });
    const { answer, failure } = await reply;
    if (failure !== undefined) throw new Error(failure);
    return answer as T;
  }
}

/** What stands in front of a server that speaks plain http: ends TLS and hands everything on. */
async function openFront(origin: string, identity: { key: string; cert: string }) {
  const handOn = (req: IncomingMessage, res: ServerResponse): void => {
    const { method, url, headers } = req;
    const onward = request(`${origin}${url}`, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  };
  const front: TlsServer = createServer(identity, handOn);
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return front;
}
