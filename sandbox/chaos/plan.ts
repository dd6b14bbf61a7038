/** The plan of a random run: which fault strikes when. It follows from the seed, the duration and the kinds alone. */
import { Random } from '../simulator/random.js';
import { type ChaosFault, FAULTS } from './faults/index.js';

export interface PlannedFault {
  readonly atMs: number;
  readonly fault: ChaosFault;
  /** Of the fault's own choices, such as how long and which one. */
  readonly seed: string;
}

const MEAN_GAP_MS = 400;
/** After a heavy fault the next one waits for so long. */
const HEAVY_GAP_MS = 12_000;

export interface PlanOptions {
  readonly seed: string;
  readonly durationMs: number;
  /** Of these kinds; of all by default. */
  readonly faults?: readonly ChaosFault[];
}

/** Every kind comes once before any comes again, so that short runs meet many of them. */
export function planFaults({ seed, durationMs, faults = FAULTS }: PlanOptions): PlannedFault[] {
  const random = new Random(`${seed}/plan`);
  const plan: PlannedFault[] = [];
  const light = new Deck(
    faults.filter(({ heavy }) => heavy !== true),
    random,
  );
  const heavy = new Deck(
    faults.filter((fault) => fault.heavy === true),
    random,
  );
  let nextHeavyMs = random.between(1_000, 5_000);
  for (let atMs = random.delayMs(MEAN_GAP_MS); atMs < durationMs; atMs += random.delayMs(MEAN_GAP_MS)) {
    const isHeavy = atMs >= nextHeavyMs || light.isEmpty;
    const fault = isHeavy ? (heavy.draw() ?? light.draw()) : light.draw();
    if (atMs >= nextHeavyMs) nextHeavyMs = atMs + HEAVY_GAP_MS;
    if (fault === undefined) break;
    plan.push({ atMs, fault, seed: `${seed}/${plan.length}` });
    if (light.isEmpty) atMs = Math.max(atMs, nextHeavyMs - MEAN_GAP_MS);
  }
  return plan;
}

/** Shuffled anew when it has been gone through. */
class Deck {
  private cards: ChaosFault[] = [];

  constructor(
    private readonly kinds: readonly ChaosFault[],
    private readonly random: Random,
  ) {}

  get isEmpty(): boolean {
    return this.kinds.length === 0;
  }

  draw(): ChaosFault | undefined {
    if (this.cards.length === 0) this.cards = [...this.kinds];
    if (this.cards.length === 0) return undefined;
    return this.cards.splice(this.random.between(0, this.cards.length - 1), 1)[0];
  }
}
