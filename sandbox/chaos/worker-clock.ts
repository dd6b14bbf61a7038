/**
 * The wall clock of the workers, which can be set forward and back, as NTP or a person does it. The monotonic clock
 * goes on. It needs libfaketime (Debian: faketime); without it the workers have the machine's clock.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARY_FOLDERS = ['/usr/lib', '/usr/local/lib'];
const LIBRARY = join('faketime', 'libfaketimeMT.so.1');

export class WorkerClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-clock-'));

  private constructor(private readonly library: string | undefined) {
    this.set(0);
  }

  static open(): WorkerClock {
    return new WorkerClock(findLibrary());
  }

  get canBeSet(): boolean {
    return this.library !== undefined;
  }

  /** For the environment of every worker. */
  get env(): Record<string, string> {
    if (this.library === undefined) return {};
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Seconds that the clock is ahead of the true time; the workers see it within a second. */
  set(aheadSeconds: number): void {
    writeFileSync(this.file, `${aheadSeconds < 0 ? '' : '+'}${aheadSeconds}`);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get file(): string {
    return join(this.folder, 'faketimerc');
  }
}

/** Debian has it in a folder named after the kind of machine. */
function findLibrary(): string | undefined {
  return LIBRARY_FOLDERS.filter(existsSync)
    .flatMap((folder) => [folder, ...readdirSync(folder).map((inner) => join(folder, inner))])
    .map((folder) => join(folder, LIBRARY))
    .find(existsSync);
}
