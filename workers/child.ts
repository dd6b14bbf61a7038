/** A worker process that was started by `sluice worker --processes N`. It ends with its parent. */
import { childProperties, runWorkers } from './main.js';

const ending = new AbortController();
for (const name of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(name, () => ending.abort());
await runWorkers({ properties: await childProperties(), processes: 1, signal: ending.signal });
process.exit(0);
