/** The results of a benchmark run, and the file they are kept in. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SluiceError } from '../connect/errors.js';
import { checkoutDir } from '../sandbox/world/paths.js';
import type { Machine, Versions } from './machine.js';
import { isRate, MEASURE_NAMES, type MeasureName, measureOf } from './measures.js';
import { median } from './statistics.js';

export interface Result {
  readonly name: MeasureName;
  readonly unit: string;
  /** The median of the samples. */
  readonly value: number;
  /** Rates only: how much of the raw limit this is, the median over the rounds. */
  readonly ratioToRaw?: number;
  /** In the order they were taken, warm-up left out. */
  readonly samples: readonly number[];
  /** What else is to be said of it. */
  readonly note?: string;
}

export interface Results {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly machine: Machine;
  readonly versions: Versions;
  readonly rows: number;
  readonly results: readonly Result[];
  /** What could not be measured, and why. */
  readonly failures?: readonly string[];
}

/** What has been measured so far. */
export type Samples = Partial<Record<MeasureName, readonly number[]>>;
export type Notes = Partial<Record<MeasureName, string>>;

export const LATEST = join(checkoutDir(), 'bench', 'results', 'latest.json');
export const BASELINE = join(checkoutDir(), 'bench', 'results', 'baseline.json');

/** Medians in the order of the measures; what was not measured is absent. */
export function resultsOf(samples: Samples, notes: Notes = {}): Result[] {
  return MEASURE_NAMES.flatMap((name) => {
    const taken = samples[name];
    if (taken === undefined || taken.length === 0) return [];
    const measure = measureOf(name);
    const ratio = isRate(measure) && samples.raw !== undefined ? { ratioToRaw: ratioTo(samples.raw, taken) } : {};
    const note = notes[name];
    return [
      {
        name,
        unit: measure.unit,
        value: rounded(median(taken)),
        ...ratio,
        samples: taken.map((sample) => rounded(sample)),
        ...(note === undefined ? {} : { note }),
      },
    ];
  });
}

/** Samples of the same round belong together. */
function ratioTo(raw: readonly number[], taken: readonly number[]): number {
  return rounded(median(taken.map((sample, round) => sample / (raw[round] ?? median(raw)))), 3);
}

/** Two decimals are more than any of these measurements can tell. */
function rounded(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}

export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${onOneLine(JSON.stringify(results, null, 2))}\n`);
}

/** Samples side by side, as the formatter of this repository has them. */
function onOneLine(json: string): string {
  return json.replace(/\[\s+([-\d.,\s]+?)\s+\]/g, (_, numbers: string) => `[${numbers.split(/,\s+/).join(', ')}]`);
}

/** @throws SluiceError CONFIG_INVALID when there is no such file */
export function readResults(file: string): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch (error) {
    throw new SluiceError('CONFIG_INVALID', `${file} cannot be read: ${(error as Error).message}`, {
      hint: 'Run the benchmarks first (bench all), then take their results as the baseline (bench gate --update).',
      cause: error,
    });
  }
}
