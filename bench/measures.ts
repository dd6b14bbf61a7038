/** What is measured: every name that a result can have, what it means, what it should be. */

export interface Measure {
  /** One line for people. */
  readonly title: string;
  readonly unit: 'rows/s' | 'ms' | 's' | 'events' | 'bytes' | 'MiB' | '% of a core';
  readonly better: 'higher' | 'lower';
  /** What Sluice is built for, on two cores. Shown beside the value; the gate compares with the baseline instead. */
  readonly target?: number;
  /** How much worse than the baseline a value may be before it is a regression, as a share of the baseline. */
  readonly tolerance: number;
}

/** Rates and times waver with what else the machine does; counts do not. */
const NOISY = 0.25;
const COUNTED = 0.1;

export const MEASURES = {
  raw: {
    title: 'Raw limit: read and PUT with no orchestration, at its best batch size',
    unit: 'rows/s',
    better: 'higher',
    tolerance: NOISY,
  },
  kafkajs_loop: {
    title: 'A plain kafkajs consumer loop, one load per fetched batch',
    unit: 'rows/s',
    better: 'higher',
    tolerance: NOISY,
  },
  passthrough: {
    title: 'JSON rows of 200 bytes, passed through',
    unit: 'rows/s',
    better: 'higher',
    target: 1_100_000,
    tolerance: NOISY,
  },
  passthrough_gzip: {
    title: 'The same, loads compressed by gzip',
    unit: 'rows/s',
    better: 'higher',
    target: 500_000,
    tolerance: NOISY,
  },
  json_schema: {
    title: 'JSON with schema (0.6 KB), converted to rows',
    unit: 'rows/s',
    better: 'higher',
    tolerance: NOISY,
  },
  latency_flush_1s_p99: {
    title: 'From produced to committed, 99th percentile, 1,000 rows/s, buffer.flush.time=1',
    unit: 'ms',
    better: 'lower',
    target: 2_000,
    tolerance: NOISY,
  },
  latency_low_p99: {
    title: 'The same with buffer.flush.time=0.2',
    unit: 'ms',
    better: 'lower',
    target: 700,
    tolerance: NOISY,
  },
  events_per_batch: {
    title: 'Workflow events per batch, pass-through',
    unit: 'events',
    better: 'lower',
    target: 20,
    tolerance: COUNTED,
  },
  events_per_million_rows: {
    title: 'Workflow events per million rows, pass-through',
    unit: 'events',
    better: 'lower',
    target: 200,
    tolerance: COUNTED,
  },
  history_bytes_per_batch: {
    title: 'Workflow history per batch, pass-through',
    unit: 'bytes',
    better: 'lower',
    tolerance: COUNTED,
  },
  rss_mib_small: {
    title: 'Largest memory of a worker with batches of 5 MB',
    unit: 'MiB',
    better: 'lower',
    target: 400,
    tolerance: NOISY,
  },
  rss_mib_large: {
    title: 'Largest memory of a worker with batches of 64 MiB',
    unit: 'MiB',
    better: 'lower',
    tolerance: NOISY,
  },
  trickle_cpu: {
    title: 'Processor time of a worker at 10 rows/s, buffer.flush.time=1',
    unit: '% of a core',
    better: 'lower',
    tolerance: NOISY,
  },
  start_seconds: {
    title: 'From starting a worker and a connector to the first commit',
    unit: 's',
    better: 'lower',
    tolerance: NOISY,
  },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;

export const MEASURE_NAMES = Object.keys(MEASURES) as readonly MeasureName[];

export function measureOf(name: MeasureName): Measure {
  return MEASURES[name];
}
