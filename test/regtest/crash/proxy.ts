import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** `up` goes to the target, `down` comes from it. */
export type Direction = 'up' | 'down';

const BOTH: readonly Direction[] = ['up', 'down'];

/** What holds up the bytes of one direction. */
interface Passage {
  /** Resolves when the stall is over; undefined while there is none. */
  stalled: PromiseWithResolve | undefined;
}

interface PromiseWithResolve {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/**
 * Stands between a client and a port of the loopback and passes every byte on unchanged, until it is
 * told to cut, to stall or to be slow.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #passages: Readonly<Record<Direction, Passage>> = {
    up: { stalled: undefined },
    down: { stalled: undefined },
  };
  #delayMs = 0;

  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, targetPort);
    server.on('connection', (client) => proxy.#join(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
  }

  get port(): number {
    // A server that listens on a port has an address of this kind.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets every connection, to both sides; what was on its way is lost. New ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Keeps the connections open, also new ones, and passes nothing on in these directions. */
  stall(directions: readonly Direction[] = BOTH): void {
    for (const direction of directions) this.#passages[direction].stalled ??= resolvable();
  }

  /** Every piece waits so long before it goes on. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Everything passes again, first of all what had to wait. */
  letGo(): void {
    this.#delayMs = 0;
    for (const direction of BOTH) {
      this.#passages[direction].stalled?.resolve();
      this.#passages[direction].stalled = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    this.letGo();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const target = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const pair = [client, target];
    for (const socket of pair) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => this.#sockets.delete(socket));
      // Also a target that is not there ends the client.
      socket.once('error', () => undefined);
    }
    const abandon = (): void => {
      for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy();
    };
    this.#pass(client, target, 'up').catch(abandon);
    this.#pass(target, client, 'down').catch(abandon);
  }

  async #pass(from: Socket, to: Socket, direction: Direction): Promise<void> {
    for await (const chunk of from) {
      await this.#passages[direction].stalled?.promise;
      if (this.#delayMs > 0) await delay(this.#delayMs);
      // What waited for a connection that was cut goes nowhere.
      if (to.destroyed) throw new Error('the other side is gone');
      if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    await this.#passages[direction].stalled?.promise;
    to.end();
  }
}

function resolvable(): PromiseWithResolve {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
