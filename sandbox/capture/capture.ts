/** A database, and a Kafka Connect with Debezium that sends its changes to Kafka. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '../../connect/errors.js';
import { until } from '../chaos/until.js';
import { down } from '../world/down.js';
import { installConnect } from '../world/install/connect.js';
import { type DatabaseName, installDatabase } from '../world/install/databases.js';
import { sandboxDir } from '../world/paths.js';
import { findFree } from '../world/ports.js';
import { isRunning } from '../world/processes.js';
import { type Progress, silentProgress } from '../world/progress.js';
import { type Service, startService } from '../world/service.js';
import { connectService, OFFSETS_FILE } from '../world/services/connect.js';
import { mariadbService } from '../world/services/mariadb.js';
import { postgresService } from '../world/services/postgres.js';
import { loadState } from '../world/state.js';
import { ConnectRest } from './connect-rest.js';
import { MariadbSource } from './mariadb.js';
import { PostgresSource } from './postgres.js';
import type { ConnectorProperties, Source } from './source.js';

const CLOSE_GRACE_MS = 2_000;
const FOLLOW_TIMEOUT_MS = 120_000;

export interface CaptureOptions {
  /** The sandbox that the servers are recorded with, and end with. */
  readonly sandbox: string;
  readonly database: DatabaseName;
  /** The Kafka that gets the events, `host:port`. */
  readonly kafka: string;
  /** How often Connect writes down how far it has come. */
  readonly offsetFlushMs?: number;
  /** Free ones unless given. */
  readonly ports?: { readonly database: number; readonly connect: number };
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export class Capture {
  /** What Connect was asked to run: a standalone worker forgets it when it ends. */
  private readonly connectors = new Map<string, ConnectorProperties>();

  private constructor(
    private readonly options: CaptureOptions,
    readonly source: Source,
    private readonly connect: Service,
    private readonly rest: ConnectRest,
  ) {}

  /** Starts both servers on free ports; what they need is installed. The caller closes the capture. */
  static async start(options: CaptureOptions): Promise<Capture> {
    const { sandbox, database, kafka, offsetFlushMs } = options;
    const [freePort = 0, otherPort = 0] = await findFree(2);
    const { ports = { database: freePort, connect: otherPort } } = options;
    const server = database === 'postgres' ? postgresService(ports.database) : mariadbService(ports.database);
    const connect = connectService({
      port: ports.connect,
      bootstrap: kafka,
      ...(offsetFlushMs === undefined ? {} : { offsetFlushMs }),
    });
    try {
      const services = [server, connect];
      for (const service of services) await service.install(...workOf(options));
      await Promise.all(services.map((service) => startService(sandbox, service, ...workOf(options))));
      const source = await (database === 'postgres'
        ? PostgresSource.open(ports.database)
        : MariadbSource.open(ports.database, kafka));
      return new Capture(options, source, connect, new ConnectRest(connect.endpoints.url ?? ''));
    } catch (error) {
      await down({ name: sandbox, purge: true, graceMs: CLOSE_GRACE_MS });
      throw error;
    }
  }

  /** Where Connect's REST interface is. */
  get connectUrl(): string {
    return this.connect.endpoints.url ?? '';
  }

  /** Starts connectors; resolves when all have made their snapshots and follow the log of the database. */
  async follow(...connectors: readonly ConnectorProperties[]): Promise<void> {
    for (const config of connectors) {
      this.connectors.set(config.name ?? '', config);
      await this.rest.add(config);
    }
    await this.following();
  }

  /** When Connect last wrote down how far it had come, in ms since 1970; 0 when it has not yet. */
  offsetsWrittenAtMs(): number {
    const file = join(sandboxDir(this.options.sandbox), this.connect.name, OFFSETS_FILE);
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  /** SIGKILL: what Connect has sent since it last wrote down how far it had come is sent again. */
  async killConnect(): Promise<void> {
    const identity = loadState(this.options.sandbox).services[this.connect.name]?.process;
    if (identity === undefined || !(await isRunning(identity))) return;
    process.kill(identity.pid, 'SIGKILL');
    await until('Kafka Connect is gone', async () => !(await isRunning(identity)), { timeoutMs: 10_000, everyMs: 20 });
  }

  /** Starts Connect again on what it had written down; resolves when the log is followed again. */
  async reviveConnect(): Promise<void> {
    await startService(this.options.sandbox, this.connect, ...workOf(this.options));
    for (const config of this.connectors.values()) await this.rest.add(config);
    await this.following();
  }

  /** Ends both servers and removes their data. */
  async close(): Promise<void> {
    await this.source.close();
    await down({ name: this.options.sandbox, purge: true, graceMs: CLOSE_GRACE_MS });
  }

  private async following(): Promise<void> {
    let failure: unknown;
    const look = async () => {
      await this.rest.check().catch((error: unknown) => {
        failure = error;
      });
      if (failure !== undefined) return true;
      return (await this.source.followers()) >= this.connectors.size;
    };
    await until('all connectors follow the log', look, { timeoutMs: FOLLOW_TIMEOUT_MS, everyMs: 200 });
    if (failure !== undefined) throw failure;
  }
}

/** Installs what a capture needs; what stands in the way, or undefined. */
export async function whatIsMissing(
  database: DatabaseName,
  progress: Progress = silentProgress,
): Promise<string | undefined> {
  try {
    await installDatabase(database, progress);
    await installConnect(progress);
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError) return [error.message.split('\n')[0], error.hint ?? ''].join(' ').trim();
    throw error;
  }
}

function workOf({ progress = silentProgress, signal }: CaptureOptions): [Progress, AbortSignal] {
  return [progress, signal ?? new AbortController().signal];
}
