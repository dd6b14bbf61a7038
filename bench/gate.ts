/** The regression gate: are the latest results worse than the baseline, the speed of the machine left out? */
import { SluiceError } from '../connect/errors.js';
import { isRate, MEASURE_NAMES, type Measure, type MeasureName, measureOf } from './measures.js';
import type { Result, Results } from './results.js';

export interface Verdict {
  readonly name: MeasureName;
  readonly regressed: boolean;
  readonly line: string;
}

/**
 * Compares every measure that both have. Rates are compared as ratios to the raw limit of their own run; the raw limit
 * itself, which would otherwise stand for nothing, as a ratio to the kafkajs loop. Everything else is compared as it is.
 *
 * @throws SluiceError CONFIG_INVALID when they are not of the same size
 */
export function gate(latest: Results, baseline: Results): Verdict[] {
  if (latest.rows !== baseline.rows) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `The latest results are of ${latest.rows} rows, the baseline is of ${baseline.rows}.`,
      { hint: 'What a batch costs depends on how many there are: measure as much as the baseline has.' },
    );
  }
  return MEASURE_NAMES.flatMap((name) => {
    const now = comparable(latest, name);
    const before = comparable(baseline, name);
    if (now === undefined || before === undefined || name === 'kafkajs_loop') return [];
    const measure = measureOf(name);
    const regressed = isWorse(measure, now, before);
    const shown = `${name}: ${now} now, ${before} in the baseline${isRate(measure) ? ' (ratio)' : ` ${measure.unit}`}`;
    return [{ name, regressed, line: `${regressed ? 'WORSE' : 'ok   '} ${shown}` }];
  });
}

function comparable({ results }: Results, name: MeasureName): number | undefined {
  const find = (wanted: MeasureName): Result | undefined => results.find((result) => result.name === wanted);
  const result = find(name);
  if (result === undefined || !isRate(result)) return result?.value;
  if (name !== 'raw') return result.ratioToRaw;
  const loop = find('kafkajs_loop');
  return loop === undefined ? undefined : Number((result.value / loop.value).toFixed(2));
}

function isWorse({ better, tolerance }: Measure, now: number, before: number): boolean {
  return better === 'higher' ? now < before * (1 - tolerance) : now > before * (1 + tolerance);
}
