/**
 * The sinks and logs that a worker has open, one pair for each connector configuration in use. Activities borrow them;
 * the pool closes what has not been used for a while.
 */
import { createHash } from 'node:crypto';
import { SluiceError } from '../connect/errors.js';
import { Pipelines } from '../connect/pipeline/index.js';
import type { Sink } from '../connectors/sink.js';
import type { ConnectorReference } from '../workflows/core/activities.js';
import type { DeadLetterQueue, SourceLog } from './ports.js';

const IDLE_MS = 15 * 60_000;

/** A connector as the activities need it. */
export interface OpenConnector {
  readonly sink: Sink;
  readonly log: SourceLog;
  /** The consumer group that mirrors the offsets. */
  readonly group: string;
  /** Absent where the configuration names none. */
  readonly deadLetters?: DeadLetterQueue;
  /** What makes rows of its records. */
  readonly pipelines: Pipelines;
}

export interface ConnectorFactory {
  /** The configuration with its placeholders resolved, the worker's defaults applied. */
  resolve(reference: ConnectorReference): Promise<Readonly<Record<string, string>>>;
  open(resolved: Readonly<Record<string, string>>): Omit<OpenConnector, 'pipelines'>;
}

interface Entry {
  readonly connector: OpenConnector;
  users: number;
  usedAtMs: number;
}

export class ConnectorPool {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly factory: ConnectorFactory) {}

  /** Runs `work` with the open connector. Secrets are read afresh each time, so that a changed one is taken up. */
  async use<T>(reference: ConnectorReference, work: (connector: OpenConnector) => Promise<T>): Promise<T> {
    const resolved = await this.factory.resolve(reference);
    const key = createHash('sha256')
      .update(JSON.stringify(Object.entries(resolved).sort()))
      .digest('hex');
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const opened = this.factory.open(resolved);
      const pipelines = pipelinesOf(opened.sink);
      if (pipelines instanceof SluiceError) {
        await Promise.all([opened.sink.driver.close(), opened.log.close()]);
        throw pipelines;
      }
      entry = { connector: { ...opened, pipelines }, users: 0, usedAtMs: Date.now() };
      this.entries.set(key, entry);
    }
    entry.users += 1;
    try {
      return await work(entry.connector);
    } finally {
      entry.users -= 1;
      entry.usedAtMs = Date.now();
      await this.closeIdle();
    }
  }

  async close(): Promise<void> {
    const all = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(all.map(closeEntry));
  }

  private async closeIdle(): Promise<void> {
    const nowMs = Date.now();
    const idle = [...this.entries].filter(([, entry]) => entry.users === 0 && nowMs - entry.usedAtMs > IDLE_MS);
    for (const [key] of idle) this.entries.delete(key);
    await Promise.all(idle.map(([, entry]) => closeEntry(entry)));
  }
}

/** Or what is wrong with the settings of converters and transforms. */
function pipelinesOf(sink: Sink): Pipelines | SluiceError {
  try {
    return new Pipelines(sink);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

async function closeEntry({ connector }: Entry): Promise<void> {
  const { sink, log, pipelines, deadLetters } = connector;
  await Promise.all([sink.driver.close(), log.close(), pipelines.close(), deadLetters?.close()]);
}
