/** Where a benchmark runs: servers at hand where addresses are given, else a sandbox of its own on free ports. */
import { randomUUID } from 'node:crypto';
import { connectTemporal, resolveTemporalSettings, type TemporalSession } from '../client/temporal.js';
import { down, findFreePorts, type Progress, type ServiceName, up } from '../sandbox/index.js';
import { resolvePorts } from '../sandbox/world/ports.js';
import { backendOf, createTable } from './sink.js';
import { type MeasuredWorker, startMeasuredWorker } from './worker.js';

/** Servers at hand. What is absent is started. */
export interface Addresses {
  readonly temporal?: string | undefined;
  readonly kafka?: string | undefined;
  /** Doris' front end: `host:port` of HTTP. */
  readonly registry?: string | undefined;
  readonly doris?: string | undefined;
}

export interface WorldOptions {
  readonly addresses: Addresses;
  /** The servers that the benchmark needs. */
  readonly services: readonly ServiceName[];
  readonly profileDir?: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface World {
  readonly kafka: string;
  readonly ownBroker: boolean;
  /** `http://host:port` of the sink's front end. */
  readonly feUrl: string;
  /** `host:port` of its back end. */
  readonly backend: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Connected to Temporal, with a task queue that nobody else uses. */
  session(): Promise<TemporalSession>;
  /** One worker at a time. */
  startWorker(): Promise<MeasuredWorker>;
}

const HOST = '127.0.0.1';

/** Runs `work` in a world; whatever was started for it is stopped and removed afterwards. */
export async function withWorld<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const { addresses, services, profileDir, progress, signal } = options;
  const sandbox = `bench-${process.pid}`;
  const ports = await findFreePorts();
  const missing = services.filter((service) => addresses[service] === undefined);
  const sessions: TemporalSession[] = [];
  try {
    if (missing.length > 0) await up({ name: sandbox, services: missing, ports, nullMode: true, progress, signal });
    const { temporal = `${HOST}:${ports.temporal}`, kafka = `${HOST}:${ports.kafka}` } = addresses;
    const feUrl = `http://${addresses.doris ?? `${HOST}:${ports.dorisHttp}`}`;
    const wantsSink = services.includes('doris');
    if (wantsSink) await createTable(feUrl);
    const session = async () => {
      const [known] = sessions;
      if (known !== undefined) return known;
      const flags = { address: temporal, taskQueue: `bench-${randomUUID().slice(0, 8)}` };
      const opened = await connectTemporal(resolveTemporalSettings(flags));
      sessions.push(opened);
      return opened;
    };
    return await work({
      kafka,
      ownBroker: addresses.kafka === undefined,
      feUrl,
      backend: wantsSink ? await backendOf(feUrl) : '',
      progress,
      signal,
      session,
      startWorker: async () => startMeasuredWorker({ sandbox, session: await session(), kafka, profileDir, signal }),
    });
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
    await down({ name: sandbox, purge: true });
  }
}

/** Runs `work` beside a worker that is stopped afterwards. */
export async function withWorker<T>(world: World, work: (worker: MeasuredWorker) => Promise<T>): Promise<T> {
  const worker = await world.startWorker();
  try {
    return await work(worker);
  } finally {
    await worker.stop();
  }
}

/** The ports of Doris' own defaults, for a sink that is started by hand. */
export const SINK_PORTS = resolvePorts(0, {});
