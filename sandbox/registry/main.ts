/** The registry double as a process of its own: `node dist/sandbox/registry/main.js`. Prints one JSON line when it is ready. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { RegistryDouble } from './double.js';

const { values } = parseArgs({ options: { host: { type: 'string' }, port: { type: 'string' } }, strict: true });
const { host = '127.0.0.1', port = '8081' } = values;
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
const double = await RegistryDouble.start({ host, port: Number(port) });
process.stdout.write(`${JSON.stringify({ ready: true, url: double.url, pid: process.pid })}\n`);
if (!stop.signal.aborted) await once(stop.signal, 'abort');
await double.close();
