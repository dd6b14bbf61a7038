/** The servers under all stages: Temporal and Kafka as processes that can be killed, lost and started again. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { connectTemporal, resolveTemporalSettings, type TemporalSession } from '../../client/temporal.js';
import { down, findFreePorts, type Progress, silentProgress, up } from '../world/index.js';
import { sandboxDir } from '../world/paths.js';
import { isRunning } from '../world/processes.js';
import { loadState } from '../world/state.js';
import { until } from './until.js';

export interface WorldOptions {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export class World {
  readonly kafka: Kafka;
  /** Server faults happen one at a time. */
  private queue: Promise<unknown> = Promise.resolve();

  protected constructor(
    readonly name: string,
    readonly temporalAddress: string,
    readonly kafkaAddress: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.kafka = new Kafka({
      brokers: kafkaAddress.split(','),
      clientId: 'chaos',
      logLevel: logLevel.NOTHING,
      connectionTimeout: 2_000,
      requestTimeout: 10_000,
      retry: { retries: 8, initialRetryTime: 100 },
    });
  }

  /** Starts both servers on free ports. The caller closes the world. */
  static async start({ progress = silentProgress, signal }: WorldOptions = {}): Promise<World> {
    const name = `chaos-${process.pid}`;
    const ports = await findFreePorts();
    const options = { name, ports, progress, services: ['temporal', 'kafka'] as const };
    const { services } = await up(signal === undefined ? options : { ...options, signal });
    const endpoint = (service: string, key: string) =>
      services.find((candidate) => candidate.name === service)?.endpoints[key] ?? '';
    return new World(name, endpoint('temporal', 'address'), endpoint('kafka', 'bootstrap'), signal);
  }

  /** Starts Temporal alone, in this sandbox; its address. */
  protected static async startTemporal(name: string, { progress, signal }: WorldOptions): Promise<string> {
    const { services } = await up({
      name,
      ports: await findFreePorts(),
      services: ['temporal'],
      ...(progress === undefined ? {} : { progress }),
      ...(signal === undefined ? {} : { signal }),
    });
    return services.find((service) => service.name === 'temporal')?.endpoints.address ?? '';
  }

  /** Ends everything in a sandbox, and the sandbox. */
  protected static async remove(name: string): Promise<void> {
    await down({ name, purge: true, graceMs: 2_000 });
  }

  /** A connection to Temporal for one task queue. */
  connect(taskQueue: string): Promise<TemporalSession> {
    return connectTemporal(resolveTemporalSettings({ address: this.temporalAddress, taskQueue }, {}, {}));
  }

  /** SIGKILL, a time without the server, and a start on the same data. */
  restart(service: 'temporal' | 'kafka', downMs = 0): Promise<void> {
    return this.alone(async () => {
      await this.kill(service);
      await new Promise((resolve) => setTimeout(resolve, downMs));
      await this.revive(service);
    });
  }

  /** SIGKILL, and a start on an empty database: every workflow and its history are gone. */
  loseTemporal(): Promise<void> {
    return this.alone(async () => {
      await this.kill('temporal');
      rmSync(join(sandboxDir(this.name), 'temporal'), { recursive: true, force: true });
      await this.revive('temporal');
    });
  }

  async close(): Promise<void> {
    await this.queue.catch(() => undefined);
    await World.remove(this.name);
  }

  private alone(work: () => Promise<void>): Promise<void> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async kill(service: 'temporal' | 'kafka'): Promise<void> {
    const identity = loadState(this.name).services[service]?.process;
    if (identity === undefined || !(await isRunning(identity))) return;
    process.kill(identity.pid, 'SIGKILL');
    await until(`${service} is gone`, async () => !(await isRunning(identity)), { timeoutMs: 10_000, everyMs: 20 });
  }

  private async revive(service: 'temporal' | 'kafka'): Promise<void> {
    const options = { name: this.name, services: [service] };
    await up(this.signal === undefined ? options : { ...options, signal: this.signal });
  }
}
