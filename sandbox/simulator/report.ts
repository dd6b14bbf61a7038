/** The report of many seeds in Markdown: what was run, how often each trouble was among it, and what has failed. */
import type { Fault } from './settings.js';
import type { Result } from './simulation.js';

export class SimulationTally {
  readonly failed: Result[] = [];
  seeds = 0;
  steps = 0;
  private records = 0;
  private batches = 0;
  private simulatedMs = 0;
  private readonly drawn = new Map<Fault, number>();

  add(result: Result): void {
    const { settings, steps, records, batches, elapsedMs } = result;
    this.seeds += 1;
    this.steps += steps;
    this.records += records;
    this.batches += batches;
    this.simulatedMs += elapsedMs;
    for (const fault of settings.faults) this.drawn.set(fault, (this.drawn.get(fault) ?? 0) + 1);
    if (result.violation !== undefined) this.failed.push(result);
  }

  /** @param command what runs the same again */
  report(command: string, commit: string, seconds: number): string {
    const kinds = [...this.drawn].sort(([one], [other]) => (one < other ? -1 : 1));
    const hours = (this.simulatedMs / 3_600_000).toFixed(0);
    return [
      '# Simulator report',
      '',
      `${this.seeds} seeds, ${this.failed.length} violations. Run it again: \`${command}\` (commit ${commit}).`,
      '',
      `${this.records} records in ${this.batches} batches, ${this.steps} steps, ${hours} hours of simulated time in ${seconds.toFixed(0)} s.`,
      '',
      'The oracles: every record exactly once in its table, in order per partition, no position past what is not there,',
      'the ledger equal to the table, and progress once the trouble is over.',
      '',
      '| trouble | in so many seeds |',
      '|---|---:|',
      ...kinds.map(([kind, times]) => `| ${kind} | ${times} |`),
      '',
      ...this.failed.map(({ settings, violation }) => `- seed ${settings.seed}: ${violation}`),
    ].join('\n');
  }
}
