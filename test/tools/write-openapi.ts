import { writeFile } from 'node:fs/promises';
import { startOperatorApi } from '../support/operator-api.ts';

const FILE = new URL('../../config/openapi.json', import.meta.url);

await using server = await startOperatorApi();
const answer = await fetch(`${server.origin}/api/v1/openapi.json`);
await writeFile(FILE, `${JSON.stringify(await answer.json(), null, 2)}\n`);
