import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { certificateFacts } from './trouble.ts';

/**
 * Looks at the certificate that is shown at an address, trusted or not: nothing is said to whoever
 * shows it. undefined when none is.
 */
export async function lookAtCertificate(
  host: string,
  patienceMs: number,
): Promise<ReturnType<typeof certificateFacts> | undefined> {
  const { hostname, port } = new URL(`https://${host}`);
  const name = hostname.replace(/^\[|\]$/g, '');
  return await new Promise((resolve) => {
    const socket = connect({
      ...{ host: name, port: Number(port || 443), ALPNProtocols: ['h2'] },
      // It is looked at and not trusted: the connection ends with the handshake.
      rejectUnauthorized: false,
      ...(isIP(name) === 0 && { servername: name }),
    });
    const end = (facts: ReturnType<typeof certificateFacts> | undefined): void => {
      socket.destroy();
      resolve(facts);
    };
    socket.setTimeout(patienceMs, () => end(undefined));
    socket.once('error', () => end(undefined));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      end(shown && certificateFacts(Buffer.from(shown.toString())));
    });
  });
}
