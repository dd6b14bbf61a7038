/** The jars of Kafka Connect, and of Debezium's connectors for it. */

import { join } from 'node:path';
import { sandboxRoot } from '../paths.js';
import type { Progress } from '../progress.js';
import { KAFKA_VERSION, LOG4J_BINDING } from './kafka.js';
import { fetchJars } from './maven.js';

/**
 * The last versions of each that are built on the Kafka above, and published; see docs/debezium.md for what else is
 * known to work.
 */
const PLUGINS = {
  postgres: { artifact: 'debezium-connector-postgres', version: '3.3.2.Final', sizeMegabytes: 8 },
  mariadb: { artifact: 'debezium-connector-mariadb', version: '3.3.0.Final', sizeMegabytes: 16 },
} as const;

export type PluginName = keyof typeof PLUGINS;
export const PLUGIN_NAMES = Object.keys(PLUGINS) as readonly PluginName[];

export interface ConnectInstallation {
  /** The folder of Connect's own jars. */
  readonly lib: string;
  /** The `plugin.path`: a folder for each plug-in, which has a class loader of its own. */
  readonly plugins: string;
}

const HINT = 'Install Maven.';

/** `.sandbox/connect-lib` and `.sandbox/connect-plugins`, which Maven fills when they are not there yet. */
export async function installConnect(progress: Progress, signal?: AbortSignal): Promise<ConnectInstallation> {
  const lib = await fetchJars(
    {
      target: join(sandboxRoot(), 'connect-lib'),
      marker: `connect-runtime-${KAFKA_VERSION}.jar`,
      title: `Kafka Connect ${KAFKA_VERSION}`,
      sizeMegabytes: 50,
      dependencies: [
        `org.apache.kafka:connect-runtime:${KAFKA_VERSION}`,
        `org.apache.kafka:connect-json:${KAFKA_VERSION}`,
        LOG4J_BINDING,
      ],
      hint: HINT,
    },
    progress,
    signal,
  );
  const plugins = join(sandboxRoot(), 'connect-plugins');
  for (const name of PLUGIN_NAMES) {
    const { artifact, version, sizeMegabytes } = PLUGINS[name];
    const jars = {
      target: join(plugins, name),
      marker: `${artifact}-${version}.jar`,
      title: `${artifact} ${version}`,
      sizeMegabytes,
      dependencies: [`io.debezium:${artifact}:${version}`],
      hint: HINT,
    };
    await fetchJars(jars, progress, signal);
  }
  return { lib, plugins };
}
