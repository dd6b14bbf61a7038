/** The files behind ErrorURL: why rows were filtered, kept for the last loads. */
import { randomBytes } from 'node:crypto';

const MAX_LOGS = 500;

export class ErrorLogs {
  private readonly files = new Map<string, string>();

  /** @returns the name to ask for it: `__shard_0/error_log_insert_stmt_…` */
  add(lines: readonly string[]): string {
    const [first, second, third, fourth] = Array.from({ length: 4 }, () => randomBytes(8).toString('hex'));
    const name = `__shard_0/error_log_insert_stmt_${first}-${second}_${third}_${fourth}`;
    this.files.set(name, lines.map((line) => `${line}\n`).join(''));
    for (const oldest of this.files.keys()) {
      if (this.files.size <= MAX_LOGS) break;
      this.files.delete(oldest);
    }
    return name;
  }

  get(name: string): string | undefined {
    return this.files.get(name);
  }
}
