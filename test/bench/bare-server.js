// The least that a server on node:http can do: one answer, ready before it starts.
// The argument is JSON: { headers: flat names and values, body }.
import { createServer } from 'node:http';

const { headers, body } = JSON.parse(process.argv[2] ?? '');
const server = createServer((_req, res) => {
  res.writeHead(200, headers);
  res.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`node:http listens on 127.0.0.1:${server.address()?.port}\n`);
});
