/** Worker processes as a supervisor keeps them: each is the `sluice worker` command, and one that ends is started anew. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutDir } from '../world/paths.js';

const RESTART_DELAY_MS = 300;
/** As supervisors do: what has not ended by itself by then is killed. */
const END_GRACE_MS = 60_000;

interface Place {
  child: ChildProcess | undefined;
  wanted: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class Workers {
  /** Ends of worker processes that nobody had asked for: `exit code 1`. */
  readonly unasked: string[] = [];
  /** Workers that did not end when they were told to. */
  overdue = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  private readonly places: Place[] = [];
  private readonly log: number;
  private closing = false;

  /**
   * @param properties of a worker.properties
   * @param env of the processes, beside that of this one
   */
  constructor(
    properties: Readonly<Record<string, string>>,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
    writeFileSync(this.propertiesFile, lines.join('\n'));
    this.log = openSync(this.logFile, 'a');
  }

  /** What all of them write. */
  get logFile(): string {
    return join(this.folder, 'workers.log');
  }

  get count(): number {
    return this.places.filter(({ wanted }) => wanted).length;
  }

  /** Starts one more. */
  add(): void {
    const place: Place = { child: undefined, wanted: true, timer: undefined };
    this.places.push(place);
    this.spawn(place);
  }

  /** Ends the last one by SIGTERM for good; the work it has goes to the others. */
  async remove(): Promise<void> {
    const place = this.places.findLast(({ wanted }) => wanted);
    if (place === undefined) return;
    place.wanted = false;
    await this.end(place, 'SIGTERM');
  }

  /** SIGKILL or SIGTERM; the supervisor starts it again once it has ended. */
  async kill(index: number, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const place = this.at(index);
    if (place !== undefined) await this.end(place, signal);
  }

  async killAll(): Promise<void> {
    await Promise.all(this.places.filter(({ wanted }) => wanted).map((place) => this.end(place, 'SIGKILL')));
  }

  /** Stands still and goes on later, not knowing that time has passed. */
  async freeze(index: number, durationMs: number): Promise<void> {
    const child = this.at(index)?.child;
    if (child === undefined || !child.kill('SIGSTOP')) return;
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    child.kill('SIGCONT');
  }

  async close(): Promise<void> {
    this.closing = true;
    for (const place of this.places) clearTimeout(place.timer);
    await Promise.all(this.places.map((place) => this.end(place, 'SIGKILL')));
    closeSync(this.log);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get propertiesFile(): string {
    return join(this.folder, 'worker.properties');
  }

  private at(index: number): Place | undefined {
    const wanted = this.places.filter((place) => place.wanted);
    return wanted[index % Math.max(1, wanted.length)];
  }

  private spawn(place: Place): void {
    if (this.closing || !place.wanted) return;
    const child = spawn(process.execPath, [join(checkoutDir(), 'bin', 'sluice'), 'worker', this.propertiesFile], {
      cwd: checkoutDir(),
      stdio: ['ignore', this.log, this.log],
      env: { ...process.env, ...this.env, SLUICE_NO_BUILD: '1' },
    });
    place.child = child;
    let asked = false;
    child.once('asked', () => {
      asked = true;
    });
    child.once('exit', (code, signal) => {
      place.child = undefined;
      if (!asked) this.unasked.push(signal === null ? `exit code ${code}` : signal);
      if (this.closing || !place.wanted) return;
      place.timer = setTimeout(() => this.spawn(place), RESTART_DELAY_MS);
    });
  }

  private async end({ child }: Place, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.emit('asked');
    const gone = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => {
      this.overdue += 1;
      child.kill('SIGKILL');
    }, END_GRACE_MS);
    await gone;
    clearTimeout(late);
  }
}
