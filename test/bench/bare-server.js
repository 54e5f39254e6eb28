// The least that a server on node:http can do: answers that are ready before it starts.
// The argument is JSON: { path: { headers: flat names and values, body } }.
import { createServer } from 'node:http';

const answers = new Map(Object.entries(JSON.parse(process.argv[2] ?? '')));
const server = createServer((req, res) => {
  const { headers, body } = answers.get(req.url);
  res.writeHead(200, headers);
  res.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`node:http listens on 127.0.0.1:${server.address()?.port}\n`);
});
