/** A worker in a process of its own, as `sluice worker` starts it: it can be killed, and its memory is its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class WorkerProcess {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-worker-'));
  private readonly log: number;
  private child: ChildProcess | undefined;

  /**
   * @param properties of a worker.properties
   * @param bin the command; that of the checkout unless given
   */
  constructor(
    properties: Readonly<Record<string, string>>,
    private readonly bin = 'bin/sluice',
  ) {
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
    writeFileSync(this.file, lines.join('\n'));
    this.log = openSync(this.logFile, 'a');
  }

  /** The process while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** What it has logged, line by line as JSON. */
  get logged(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  start(): void {
    this.child = spawn(process.execPath, [this.bin, 'worker', this.file], {
      stdio: ['ignore', 'ignore', this.log],
      env: { ...process.env, SLUICE_NO_BUILD: '1' },
    });
  }

  /** SIGKILL; resolves when the process has gone. */
  async kill(): Promise<void> {
    const dying = this.child;
    this.child = undefined;
    if (dying === undefined || dying.exitCode !== null) return;
    const gone = once(dying, 'exit');
    dying.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    await this.kill();
    closeSync(this.log);
    rmSync(this.folder, { recursive: true });
  }

  private get logFile(): string {
    return join(this.folder, 'worker.log');
  }

  private get file(): string {
    return join(this.folder, 'worker.properties');
  }
}
