// The network of a wallet under test, for node --import: every host name leads to this machine, https
// to the port WALLET_HTTPS_PORT and http to WALLET_HTTP_PORT, as a hosts file and a port forward would
// do it. Only Node's own agents are told so; no library is touched, and certificates are checked.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

const HERE = '127.0.0.1';

/** What names this machine and a port itself is meant as it stands. */
function connectPlain(hostname, port) {
  const chosen = hostname === HERE ? port : process.env.WALLET_HTTP_PORT;
  return net.connect({ host: HERE, port: Number(chosen) });
}

function connectSecurely(servername) {
  const port = Number(process.env.WALLET_HTTPS_PORT);
  return tls.connect({ host: HERE, port, servername, ALPNProtocols: ['http/1.1'] });
}

http.globalAgent.createConnection = ({ host, port }) => connectPlain(host, port);
https.globalAgent.createConnection = (options) => connectSecurely(options.servername);

// Node's fetch has an agent of its own, which is there after the first use.
await fetch('data:,');
const AGENT = Symbol.for('undici.globalDispatcher.1');
const { constructor: FetchAgent } = globalThis[AGENT];
globalThis[AGENT] = new FetchAgent({
  connect: ({ protocol, hostname, port, servername }, done) => {
    const secure = protocol === 'https:';
    const socket = secure ? connectSecurely(servername || hostname) : connectPlain(hostname, port);
    socket.once(secure ? 'secureConnect' : 'connect', () => done(null, socket));
    socket.once('error', (error) => done(error, null));
  },
});
