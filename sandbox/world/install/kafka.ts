/** The jars of a Kafka broker, and the Java that runs them. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../../../connect/errors.js';
import { sandboxRoot } from '../paths.js';
import type { Progress } from '../progress.js';
import { fetchJars } from './maven.js';

export const KAFKA_VERSION = '4.1.0';
/** What the jars of Kafka and of Connect log by. */
export const LOG4J_BINDING = 'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3';

/** Kafka 4 brokers need it. */
const MINIMUM_JAVA_VERSION = 17;

/** The folder of the jars: SLUICE_KAFKA_LIB, else `.sandbox/kafka-lib`, which Maven fills when it is not there yet. */
export async function installKafka(progress: Progress, signal?: AbortSignal): Promise<string> {
  const given = process.env.SLUICE_KAFKA_LIB;
  if (given !== undefined && given !== '') return given;
  const jars = {
    target: join(sandboxRoot(), 'kafka-lib'),
    marker: `kafka_2.13-${KAFKA_VERSION}.jar`,
    title: `Kafka ${KAFKA_VERSION}`,
    sizeMegabytes: 45,
    // The broker's own pom leaves the log4j binding out.
    dependencies: [`org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, LOG4J_BINDING],
    hint: 'Install Maven, or use a broker at hand: --kafka <host:port>.',
  };
  return fetchJars(jars, progress, signal);
}

/** The `java` command (of JAVA_HOME, else of PATH). Throws CONFIG_INVALID if it is missing or too old. */
export async function findJava(): Promise<string> {
  const home = process.env.JAVA_HOME;
  const java = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const hint = `Install Java ${MINIMUM_JAVA_VERSION} or later, or use a broker at hand: --kafka <host:port>.`;
  let banner: string;
  try {
    banner = (await promisify(execFile)(java, ['-version'])).stderr;
  } catch (error) {
    throw new SluiceError('CONFIG_INVALID', `${java} cannot be run.`, { hint, cause: error });
  }
  const version = Number(/version "(\d+)/.exec(banner)?.[1]);
  if (!(version >= MINIMUM_JAVA_VERSION)) {
    throw new SluiceError('CONFIG_INVALID', `Kafka ${KAFKA_VERSION} does not run on this Java:\n${banner.trim()}`, {
      hint,
    });
  }
  return java;
}
