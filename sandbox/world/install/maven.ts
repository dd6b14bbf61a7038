/** Fetching jars, with everything they need, by Maven. */

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from '../lock.js';
import { type Progress, reportWhile } from '../progress.js';
import { runTool } from './tools.js';

export interface Jars {
  /** The folder that gets them. */
  readonly target: string;
  /** A file that is in the folder once all of them are. */
  readonly marker: string;
  /** What users call it, with what has to be fetched: `Kafka 4.1.0`. */
  readonly title: string;
  readonly sizeMegabytes: number;
  /** `group:artifact:version` of each; what these need comes with them. */
  readonly dependencies: readonly string[];
  /** What to do when Maven is not there. */
  readonly hint: string;
}

/** The folder of the jars, which Maven fills when they are not there yet: once, whoever else asks meanwhile. */
export async function fetchJars(jars: Jars, progress: Progress, signal?: AbortSignal): Promise<string> {
  const { target, title } = jars;
  if (isThere(jars)) return target;
  return withLock(
    `${target}.lock`,
    async () => {
      if (!isThere(jars)) await download(jars, progress, signal);
      return target;
    },
    { signal, onWait: (holder) => progress.report(`Process ${holder.pid} is fetching ${title}; waiting for it`) },
  );
}

function isThere({ target, marker }: Jars): boolean {
  return existsSync(join(target, marker));
}

/** Fetches into a folder beside the target and moves that, so that an interrupted download leaves nothing behind. */
async function download(jars: Jars, progress: Progress, signal?: AbortSignal): Promise<void> {
  const { target, title, sizeMegabytes, hint } = jars;
  const work = `${target}.download`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  mkdirSync(dirname(target), { recursive: true });
  try {
    const pom = join(work, 'pom.xml');
    const fetched = join(work, 'jars');
    writeFileSync(pom, pomOf(jars));
    await reportWhile(
      progress,
      `Fetching ${title} by Maven, once, about ${sizeMegabytes} MB`,
      runTool({
        file: 'mvn',
        args: [
          ...['--quiet', '--batch-mode', '--file', pom, 'dependency:copy-dependencies'],
          ...['-DincludeScope=runtime', `-DoutputDirectory=${fetched}`],
        ],
        hint,
        logFile: `${target}-install.log`,
        signal,
      }),
    );
    rmSync(target, { recursive: true, force: true });
    renameSync(fetched, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A project that is nothing but its dependencies. */
function pomOf({ dependencies }: Jars): string {
  const entries = dependencies.map((dependency) => {
    const [group, artifact, version] = dependency.split(':');
    return `    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${artifact}</artifactId>
      <version>${version}</version>
    </dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${entries.join('\n')}
  </dependencies>
</project>
`;
}
