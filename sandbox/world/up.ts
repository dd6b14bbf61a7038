/** Starting a sandbox. */

import { SluiceError } from '../../connect/errors.js';
import { sandboxLock } from './down.js';
import { withLock } from './lock.js';
import { sandboxDir } from './paths.js';
import { DEFAULT_PORTS, isPortTaken, resolvePorts, type SandboxPorts } from './ports.js';
import { isRunning, stopProcess } from './processes.js';
import { type Progress, silentProgress } from './progress.js';
import { forgetService, type Service, STOP_GRACE_MS, startService } from './service.js';
import { dorisService } from './services/doris.js';
import { externalKafkaService, kafkaService } from './services/kafka.js';
import { registryService } from './services/registry.js';
import { temporalService } from './services/temporal.js';
import { loadState, type SandboxState, saveState } from './state.js';
import { type SandboxStatus, status } from './status.js';

export const SERVICE_NAMES = ['temporal', 'kafka', 'doris', 'registry'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface UpOptions {
  /** The sandbox; `default` by default. Several can run side by side. */
  name?: string;
  /** Added to every default port. Without any port option the ports of the last `up` are taken again. */
  portOffset?: number;
  /** Single ports, whatever the offset. */
  ports?: Partial<SandboxPorts>;
  /** A broker at hand, `host:port`, instead of one of our own. */
  kafka?: string;
  /** All by default. */
  services?: readonly ServiceName[];
  /** The Doris double counts and discards what is loaded, for benchmarks. */
  nullMode?: boolean;
  progress?: Progress;
  /** An abort stops what this call has started and rejects with CANCELLED. */
  signal?: AbortSignal;
}

/**
 * Starts what is not running yet, side by side, and returns when all of it answers.
 *
 * Throws CONFIG_INVALID, with nothing started, for taken ports, missing tools, or a running service that was asked for
 * with other settings. If a service fails to start, those that this call had started are stopped again.
 */
export async function up(options: UpOptions = {}): Promise<SandboxStatus> {
  const { name = 'default', progress = silentProgress, signal = new AbortController().signal } = options;
  sandboxDir(name);
  return withLock(
    sandboxLock(name),
    async () => {
      const state = loadState(name);
      const ports = choosePorts(options, state);
      const services = chooseServices(options, ports);
      const missing = await findMissing(services, state, progress);
      await checkPorts(missing);
      for (const service of missing) await service.install(progress, signal);
      saveState({ ...loadState(name), ports });
      await startAll(name, missing, progress, signal);
      return status({ name });
    },
    { signal, onWait: (holder) => progress.report(`Process ${holder.pid} works on sandbox ${name}; waiting for it`) },
  ).catch((error: unknown) => {
    throw signal.aborted ? new SluiceError('CANCELLED', 'Interrupted; what had been started is stopped.') : error;
  });
}

function choosePorts({ portOffset, ports }: UpOptions, { ports: last }: SandboxState): SandboxPorts {
  if (portOffset === undefined && last !== undefined) return { ...DEFAULT_PORTS, ...last, ...ports };
  return resolvePorts(portOffset ?? 0, ports ?? {});
}

function chooseServices({ services = SERVICE_NAMES, kafka, nullMode }: UpOptions, ports: SandboxPorts): Service[] {
  const makers: Record<ServiceName, () => Service> = {
    temporal: () => temporalService(ports),
    kafka: () => (kafka === undefined ? kafkaService(ports) : externalKafkaService(kafka)),
    doris: () => dorisService(ports, { nullMode: nullMode ?? false }),
    registry: () => registryService(ports),
  };
  return SERVICE_NAMES.filter((name) => services.includes(name)).map((name) => makers[name]());
}

/** The services that do not run yet. One that runs with other settings than those asked for is an error. */
async function findMissing(services: readonly Service[], state: SandboxState, progress: Progress): Promise<Service[]> {
  const missing: Service[] = [];
  for (const service of services) {
    const running = state.services[service.name];
    if (running?.process === undefined || !(await isRunning(running.process))) {
      missing.push(service);
      continue;
    }
    const asked: Record<string, string | number | boolean | undefined> = { ...service.ports, ...service.settings };
    const differing = [...new Set([...Object.keys(asked), ...Object.keys(running.settings)])]
      .filter((key) => asked[key] !== running.settings[key])
      .map((key) => `${key} is ${running.settings[key] ?? 'not set'}, asked for ${asked[key] ?? 'not set'}`);
    if (differing.length > 0) {
      throw new SluiceError('CONFIG_INVALID', `${service.title} is running otherwise: ${differing.join('; ')}.`, {
        hint: 'Take the sandbox down first, or give the new one another name.',
      });
    }
    progress.report(`${service.title} is running already (process ${running.process.pid})`);
  }
  return missing;
}

/** All taken ports are named at once, before anything is started. */
async function checkPorts(services: readonly Service[]): Promise<void> {
  const wanted = services.flatMap(({ title, ports }) =>
    Object.entries(ports).map(([name, port]) => ({ title, name, port })),
  );
  const twice = wanted.filter(({ port }, index) => wanted.findIndex((other) => other.port === port) !== index);
  const taken = await Promise.all(wanted.map(async (one) => ((await isPortTaken(one.port)) ? [one] : [])));
  const problems = [
    ...twice.map(({ title, name, port }) => `port ${port} is given twice (${name} of ${title})`),
    ...taken.flat().map(({ title, name, port }) => `port ${port} is taken (${name} of ${title})`),
  ];
  if (problems.length === 0) return;
  throw new SluiceError('CONFIG_INVALID', `The sandbox was not started: ${problems.join(', ')}.`, {
    hint: 'Use a port offset or other single ports, or stop what listens there.',
  });
}

async function startAll(
  sandbox: string,
  services: readonly Service[],
  progress: Progress,
  outer: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  // The first that fails of itself; the others are stopped because of it, and what they say of that is not the cause.
  let cause: unknown;
  const outcomes = await Promise.allSettled(
    services.map(async (service) => {
      try {
        await startService(sandbox, service, progress, signal);
      } catch (error) {
        cause ??= error;
        failure.abort();
        throw error;
      }
      progress.report(`${service.title} is ready: ${Object.values(service.endpoints).join(', ')}`);
    }),
  );
  if (cause === undefined) return;
  const started = services.filter((_, index) => outcomes[index]?.status === 'fulfilled');
  await Promise.all(started.map((service) => stopStarted(sandbox, service, progress)));
  throw cause;
}

async function stopStarted(sandbox: string, service: Service, progress: Progress): Promise<void> {
  const identity = loadState(sandbox).services[service.name]?.process;
  if (identity !== undefined) await stopProcess(identity, STOP_GRACE_MS, service.stopSignal);
  forgetService(sandbox, service.name);
  progress.report(`${service.title} is stopped again`);
}
