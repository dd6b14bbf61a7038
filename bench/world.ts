/** Where a benchmark runs: servers at hand where addresses are given, else a sandbox of its own on free ports. */
import { randomUUID } from 'node:crypto';
import { connectTemporal, resolveTemporalSettings, type TemporalSession } from '../client/temporal.js';
import { down, findFreePorts, type Progress, type ServiceName, up } from '../sandbox/index.js';
import { resolvePorts } from '../sandbox/world/ports.js';
import { BenchRegistry } from './registry.js';
import { backendOf, createTables } from './sink.js';
import { type MeasuredWorker, startMeasuredWorker } from './worker.js';

/** Servers at hand. What is absent is started. */
export interface Addresses {
  readonly temporal?: string | undefined;
  readonly kafka?: string | undefined;
  /** Doris' front end: `host:port` of HTTP. */
  readonly doris?: string | undefined;
  /** The port of its MySQL protocol. */
  readonly dorisMysql?: number | undefined;
  /** `http://host:port` of a registry of schemas. */
  readonly registry?: string | undefined;
}

export interface WorldOptions {
  readonly addresses: Addresses;
  /** The servers that the benchmark needs. */
  readonly services: readonly ServiceName[];
  readonly profileDir?: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A worker, and a task queue that nobody else uses. */
interface Lane {
  /** Connected to Temporal, with the task queue of the worker that was started last. */
  session(): Promise<TemporalSession>;
  /** One at a time; of so many processes, 1 by default. */
  startWorker(processes?: number): Promise<MeasuredWorker>;
}

export interface World extends Lane {
  readonly kafka: string;
  readonly ownBroker: boolean;
  /** `http://host:port` of the sink's front end. */
  readonly feUrl: string;
  /** `host:port` of its back end. */
  readonly backend: string;
  readonly mysqlPort: number;
  readonly registry: BenchRegistry;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The same servers with a task queue and a worker of their own, for what goes on beside everything else. */
  aside(): World;
}

const HOST = '127.0.0.1';

/** The ports of Doris' own defaults, for a sink that is started by hand. */
export const SINK_PORTS = resolvePorts(0, {});

/** Runs `work` in a world; whatever was started for it is stopped and removed afterwards. */
export async function withWorld<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const { addresses, services, profileDir, progress, signal } = options;
  const sandbox = `bench-${process.pid}`;
  const ports = await findFreePorts();
  const missing = services.filter((service) => addresses[service] === undefined);
  const sessions: Promise<TemporalSession>[] = [];
  const registry = new BenchRegistry(addresses.registry);
  try {
    if (missing.length > 0) await up({ name: sandbox, services: missing, ports, nullMode: true, progress, signal });
    const { temporal = `${HOST}:${ports.temporal}`, kafka = `${HOST}:${ports.kafka}` } = addresses;
    const feUrl = `http://${addresses.doris ?? `${HOST}:${ports.dorisHttp}`}`;
    const wantsSink = services.includes('doris');
    if (wantsSink) await createTables(feUrl);
    const openSession = () => {
      const flags = { address: temporal, taskQueue: `bench-${randomUUID().slice(0, 8)}` };
      const opened = connectTemporal(resolveTemporalSettings(flags));
      sessions.push(opened);
      return opened;
    };
    const lane = (name: string): Lane => {
      let current: Promise<TemporalSession> | undefined;
      return {
        session: () => {
          current ??= openSession();
          return current;
        },
        startWorker: async (processes = 1) => {
          // The server remembers who has polled a task queue: on a new one, whoever polls is this worker.
          current = openSession();
          const session = await current;
          return startMeasuredWorker({ name, sandbox, session, kafka, processes, profileDir, signal });
        },
      };
    };
    const servers = {
      kafka,
      ownBroker: addresses.kafka === undefined,
      feUrl,
      backend: wantsSink ? await backendOf(feUrl) : '',
      mysqlPort: addresses.dorisMysql ?? (addresses.doris === undefined ? ports.dorisMysql : SINK_PORTS.dorisMysql),
      registry,
      progress,
      signal,
    };
    const aside = (): World => ({ ...servers, ...lane('worker-aside'), aside });
    return await work({ ...servers, ...lane('worker'), aside });
  } finally {
    await Promise.all(sessions.map(async (session) => (await session).close()));
    await registry.close();
    await down({ name: sandbox, purge: true });
  }
}

/** Runs `work` beside a worker that is stopped afterwards. */
export async function withWorker<T>(
  world: World,
  work: (worker: MeasuredWorker) => Promise<T>,
  processes = 1,
): Promise<T> {
  const worker = await world.startWorker(processes);
  try {
    return await work(worker);
  } finally {
    await worker.stop();
  }
}
