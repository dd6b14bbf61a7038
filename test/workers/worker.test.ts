import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { parseWorkerConfig } from '../../connect/config/index.js';
import { createLogger } from '../../workers/logging.js';
import { runWorker } from '../../workers/worker.js';
import { quietRuntime, randomName, temporalAddress } from '../support/temporal.js';

jest.setTimeout(90_000);

beforeAll(quietRuntime);

function worker(signal: AbortSignal, properties: Record<string, string> = {}): Promise<void> {
  const config = parseWorkerConfig({
    'bootstrap.servers': '127.0.0.1:1',
    'temporal.address': temporalAddress(),
    'temporal.task.queue': randomName('queue'),
    'metrics.port': '0',
    ...properties,
  });
  return runWorker({ config, logger: createLogger('fatal'), signal });
}

test.each([0, 20, 400])('a worker told to stop %d ms after it began to start ends', async (delayMs) => {
  const stopping = new AbortController();
  const ended = worker(stopping.signal);
  await sleep(delayMs);
  stopping.abort();

  await expect(ended).resolves.toBeUndefined();
});

test('a namespace that Temporal does not have is an error that names it', async () => {
  const ended = worker(new AbortController().signal, { 'temporal.namespace': 'nowhere' });

  await expect(ended).rejects.toThrow(/has no namespace nowhere/);
});
