/** The jars of a Kafka broker, and the Java that runs them. */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../../../connect/errors.js';
import { withLock } from '../lock.js';
import { sandboxRoot } from '../paths.js';
import { type Progress, reportWhile } from '../progress.js';
import { runTool } from './tools.js';

export const KAFKA_VERSION = '4.1.0';
const LOG4J_VERSION = '2.24.3';

/** Kafka 4 brokers need it. */
const MINIMUM_JAVA_VERSION = 17;

/** Maven is here to fetch jars only: the broker, and the log4j binding which the broker's own pom leaves out. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId>
  <artifactId>kafka-lib</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** The folder of the jars: SLUICE_KAFKA_LIB, else `.sandbox/kafka-lib`, which Maven fills when it is not there yet. */
export async function installKafka(progress: Progress, signal?: AbortSignal): Promise<string> {
  const given = process.env.SLUICE_KAFKA_LIB;
  if (given !== undefined && given !== '') return given;
  const installed = join(sandboxRoot(), 'kafka-lib');
  if (hasBroker(installed)) return installed;
  return withLock(
    `${installed}.lock`,
    async () => {
      if (!hasBroker(installed)) await download(installed, progress, signal);
      return installed;
    },
    { signal, onWait: (holder) => progress.report(`Process ${holder.pid} is fetching Kafka; waiting for it`) },
  );
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

function hasBroker(dir: string): boolean {
  return existsSync(join(dir, `kafka_2.13-${KAFKA_VERSION}.jar`));
}

/** Fetches into a folder beside the target and moves that, so that an interrupted download leaves nothing behind. */
async function download(target: string, progress: Progress, signal?: AbortSignal): Promise<void> {
  const work = `${target}.download`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const pom = join(work, 'pom.xml');
    const jars = join(work, 'jars');
    writeFileSync(pom, POM);
    await reportWhile(
      progress,
      `Fetching Kafka ${KAFKA_VERSION} by Maven, once, about 45 MB`,
      runTool({
        file: 'mvn',
        args: [
          ...['--quiet', '--batch-mode', '--file', pom, 'dependency:copy-dependencies'],
          ...['-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
        ],
        hint: 'Install Maven, or use a broker at hand: --kafka <host:port>.',
        logFile: `${target}-install.log`,
        signal,
      }),
    );
    rmSync(target, { recursive: true, force: true });
    renameSync(jars, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
