/** The machine and the versions that numbers belong to. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { KAFKA_VERSION } from '../sandbox/world/install/kafka.js';
import { checkoutDir } from '../sandbox/world/paths.js';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly system: string;
  /** Load average of the last minute before the run: above a few tenths, something else was running too. */
  readonly loadBefore: number;
}

/** Names of products and their versions. */
export type Versions = Readonly<Record<string, string>>;

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${type()} ${release()}`,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

const PACKAGES = ['@temporalio/worker', '@platformatic/kafka', 'kafkajs', 'undici'] as const;

/** `ownBroker`: whether the broker is the sandbox's, whose version is known. */
export function versions({ temporalServer, ownBroker }: { temporalServer: string; ownBroker: boolean }): Versions {
  const packages = PACKAGES.map((name) => [name, packageVersion('node_modules', name)] as const);
  return {
    sluice: packageVersion(),
    node: process.versions.node,
    'temporal server': temporalServer,
    ...(ownBroker ? { kafka: KAFKA_VERSION } : {}),
    ...Object.fromEntries(packages),
  };
}

function packageVersion(...folder: string[]): string {
  const file = join(checkoutDir(), ...folder, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
