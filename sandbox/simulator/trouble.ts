/** Rolls for faults, and writes down every decision: what stands in the log is all that chance has decided. */
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { Fault, SimulationSettings } from './settings.js';

export class Trouble {
  /** The decision log. */
  readonly log: string[] = [];
  private over = false;
  private readonly streams = new Map<string, Random>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    readonly settings: SimulationSettings,
  ) {}

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.over = true;
    this.note('the trouble is over');
  }

  get isOver(): boolean {
    return this.over;
  }

  has(fault: Fault): boolean {
    return !this.over && this.settings.faults.includes(fault);
  }

  /** True when the fault strikes; then it stands in the log. */
  strikes(fault: Fault, probability: number, what: string): boolean {
    if (!this.has(fault) || !this.stream(fault).chance(probability)) return false;
    this.note(`${fault}: ${what}`);
    return true;
  }

  stream(name: string): Random {
    const known = this.streams.get(name);
    if (known !== undefined) return known;
    const made = this.random.fork(name);
    this.streams.set(name, made);
    return made;
  }

  note(what: string): void {
    this.log.push(`${(this.scheduler.elapsedMs / 1000).toFixed(3).padStart(9)} ${what}`);
  }
}
