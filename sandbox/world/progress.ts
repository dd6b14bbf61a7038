/** Telling the user what is going on: plain lines with elapsed seconds, that read as well in a CI log as on a terminal. */

export interface Progress {
  /** One line, in the present or perfect tense: `Kafka is ready at 127.0.0.1:9092`. */
  report(line: string): void;
}

/** Says nothing: for `--json` and for tests. */
export const silentProgress: Progress = { report: () => undefined };

/** Lines such as `[  4.2 s] Kafka is ready`, by default to stderr: stdout is for results. */
export function lineProgress(write: (text: string) => void = (text) => process.stderr.write(text)): Progress {
  const startedAtMs = Date.now();
  return {
    report: (line) => write(`[${((Date.now() - startedAtMs) / 1000).toFixed(1).padStart(5)} s] ${line}\n`),
  };
}

/** Reports `text` now and again, with the seconds it has taken, until `work` is done. */
export async function reportWhile<T>(
  progress: Progress,
  text: string,
  work: Promise<T>,
  intervalMs = 15_000,
): Promise<T> {
  const startedAtMs = Date.now();
  progress.report(text);
  const timer = setInterval(
    () => progress.report(`${text} (${Math.round((Date.now() - startedAtMs) / 1000)} s so far)`),
    intervalMs,
  );
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
