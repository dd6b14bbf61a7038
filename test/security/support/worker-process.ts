/** `sluice worker` as a user starts it: a process of its own, with a file and an environment; all it says is kept. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { randomName, until } from '../../support/temporal.js';

export interface WorkerProcess {
  readonly pid: number;
  readonly metricsPort: number;
  readonly taskQueue: string;
  /** Everything that the process has written so far. */
  output(): string;
  /** Its exit code, once it has ended. */
  ended(): Promise<number | null>;
  stop(): Promise<void>;
}

export interface WorkerStart {
  /** Where the worker's file is put. */
  readonly folder: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly processes?: number;
}

/** Starts a worker on a task queue and a metrics port of its own. */
export async function spawnWorker({ folder, properties, env, processes = 1 }: WorkerStart): Promise<WorkerProcess> {
  const taskQueue = randomName('queue');
  const metricsPort = await freePort();
  const own = { 'temporal.task.queue': taskQueue, 'metrics.port': String(metricsPort) };
  const file = join(folder, `${taskQueue}.properties`);
  await writeFile(file, propertiesText({ ...properties, ...own }));
  const child = spawn(process.execPath, ['bin/sluice', 'worker', file, '--processes', String(processes)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SLUICE_NO_BUILD: '1', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const gone = once(child, 'close').then(([code]) => code as number | null);
  return {
    pid: child.pid ?? 0,
    metricsPort,
    taskQueue,
    output: () => output,
    ended: () => gone,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

export async function polls(worker: WorkerProcess): Promise<WorkerProcess> {
  await until('the worker polls', () => worker.output().includes('worker is polling'), { timeoutMs: 60_000 });
  return worker;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}`)
    .join('\n');
}
