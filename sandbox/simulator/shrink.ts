/** Makes a failing run small: fault kinds are taken out one by one, then there is less of everything else. */
import type { SimulationSettings } from './settings.js';
import { type Result, simulate } from './simulation.js';

/** Simpler values, the simplest first. */
const SIMPLER = {
  troubleMs: [5_000, 10_000, 20_000],
  records: [5, 10, 20, 60],
  topics: [1],
  partitions: [1, 2],
  tasksMax: [1, 2],
  workers: [1, 2],
  pipelineDepth: [1],
} as const;

const SEEDS_TRIED = 24;

/** The simplest settings found that still fail, with their run. */
export async function shrink(failing: Result): Promise<Result> {
  let best = failing;
  const attempt = async (changes: Partial<SimulationSettings>): Promise<boolean> => {
    // What is left of the faults may need another seed to come together again.
    for (let other = 0; other < SEEDS_TRIED; other++) {
      const result = await simulate({ ...best.settings, ...changes, seed: best.settings.seed + other });
      if (result.violation === undefined || kindOf(result.violation) !== kindOf(failing.violation)) continue;
      best = result;
      return true;
    }
    return false;
  };
  for (let before = -1; before !== best.settings.faults.length; ) {
    before = best.settings.faults.length;
    for (const fault of best.settings.faults) {
      await attempt({ faults: best.settings.faults.filter((other) => other !== fault) });
    }
  }
  for (const [name, values] of Object.entries(SIMPLER)) {
    const current = best.settings[name as keyof typeof SIMPLER];
    for (const value of values) if (value < current && (await attempt({ [name]: value }))) break;
  }
  return best;
}

/** The same thing has gone wrong when it is told in the same words, names and numbers aside. */
function kindOf(violation = ''): string {
  return violation.replace(/\S*\d\S*/g, '#').slice(0, 24);
}
