/** How long a user waits: for a worker, and from the command that starts a connector to the first rows. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handleOf } from '../../client/connectors.js';
import { ClientError } from '../../client/errors.js';
import { checkoutDir } from '../../sandbox/world/paths.js';
import { connectorConfig, finish, newConnectorName } from '../connector.js';
import { rowsSent } from '../sink.js';
import type { FullTopic } from '../topic.js';
import type { World } from '../world.js';

/** Seconds from the command `sluice connector start` to the first commit. A worker is to be running. */
export async function measureStart(world: World, topic: FullTopic): Promise<number> {
  const session = await world.session();
  const name = newConnectorName();
  const config = await connectorConfig(world, name, topic, {});
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const file = join(folder, 'connector.json');
    writeFileSync(file, JSON.stringify(config));
    const sinkRowsBefore = await rowsSent(world.feUrl);
    const { address, namespace, taskQueue } = session.settings;
    const flags = ['--address', address, '--namespace', namespace, '--task-queue', taskQueue];
    const startedAtMs = Date.now();
    await runSluice(['connector', 'start', file, ...flags], world.signal);
    const { runId } = await handleOf(session, name).describe();
    const { batches } = await finish(world, { name, runId, startedAtMs, sinkRowsBefore }, topic.rows);
    const firstCommitMs = Math.min(...batches.map(({ committedAtMs }) => committedAtMs));
    return (firstCommitMs - startedAtMs) / 1_000;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a command of this checkout as users do. */
async function runSluice(args: readonly string[], signal: AbortSignal): Promise<void> {
  // The benchmarks run from a build that is fit to use.
  const env = { ...process.env, SLUICE_NO_BUILD: '1' };
  const command = [join(checkoutDir(), 'bin', 'sluice'), ...args];
  const [failure, stderr] = await new Promise<[Error | null, string]>((resolve) => {
    execFile(process.execPath, command, { env, signal }, (error, _, text) => resolve([error, text]));
  });
  signal.throwIfAborted();
  if (failure !== null) throw new ClientError('CONNECTOR_FAILED', `sluice ${args.join(' ')}: ${stderr}`);
}
