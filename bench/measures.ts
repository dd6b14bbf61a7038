/** What is measured: every name that a result can have, what it means, what it should be. */

export interface Measure {
  /** Where the report shows it. */
  readonly group: MeasureGroup;
  /** One line for people. */
  readonly title: string;
  readonly unit: 'rows/s' | 'rows/CPU s' | 'ms' | 's' | 'events' | 'loads' | 'bytes' | 'MiB' | '% of a core' | 'times';
  readonly better: 'higher' | 'lower';
  /** What Sluice is built for, on two cores. Shown beside the value; the gate compares with the baseline instead. */
  readonly target?: number;
  /** How much worse than the baseline a value may be before it is a regression, as a share of the baseline. */
  readonly tolerance: number;
}

export const MEASURE_GROUPS = {
  rates: 'Throughput',
  perCore: 'Rows per second of processor time',
  conversion: 'Conversion alone',
  latency: 'Latency',
  temporal: 'Cost in Temporal',
  memory: 'Memory and idle cost',
  start: 'Start and scaling',
} as const;

export type MeasureGroup = keyof typeof MEASURE_GROUPS;

/** Rates and times waver with what else the machine does; counts do not. */
const NOISY = 0.25;
const COUNTED = 0.1;

const rate = { group: 'rates', unit: 'rows/s', better: 'higher', tolerance: NOISY } as const;
const perCore = { group: 'perCore', unit: 'rows/CPU s', better: 'higher', tolerance: NOISY } as const;
const conversion = { group: 'conversion', unit: 'rows/CPU s', better: 'higher', tolerance: NOISY } as const;
const latency = { group: 'latency', unit: 'ms', better: 'lower', tolerance: NOISY } as const;
const counted = { group: 'temporal', unit: 'events', better: 'lower', tolerance: COUNTED } as const;
const memory = { group: 'memory', unit: 'MiB', better: 'lower', tolerance: NOISY } as const;
const starting = { group: 'start', unit: 's', better: 'lower', tolerance: NOISY } as const;

export const MEASURES = {
  raw: { ...rate, title: 'Raw limit: read and PUT with no orchestration, at its best batch size' },
  kafkajs_loop: { ...rate, title: 'A plain kafkajs consumer loop, one load per fetched batch' },
  passthrough: { ...rate, title: 'JSON rows of 200 bytes, passed through', target: 1_100_000 },
  passthrough_gzip: { ...rate, title: 'The same, loads compressed by gzip', target: 500_000 },
  json_schema: { ...rate, title: 'JSON with schema (0.6 KB), converted to rows' },
  debezium: { ...rate, title: 'Debezium change events with schema (2.7 KB)' },
  avro: { ...rate, title: 'Avro with a registry (0.13 KB)' },
  protobuf: { ...rate, title: 'Protobuf with a registry (0.13 KB)' },
  transforms: {
    ...rate,
    title: 'JSON rows of 200 bytes through three transforms: InsertField, ReplaceField, RegexRouter',
  },
  json_schema_per_core: { ...perCore, title: 'JSON with schema', target: 150_000 },
  debezium_per_core: { ...perCore, title: 'Debezium change events', target: 110_000 },
  avro_per_core: { ...perCore, title: 'Avro', target: 150_000 },
  protobuf_per_core: { ...perCore, title: 'Protobuf', target: 150_000 },
  transforms_per_core: { ...perCore, title: 'Three transforms', target: 150_000 },
  passthrough_per_core: { ...perCore, title: 'JSON rows, passed through' },
  convert_string: { ...conversion, title: 'StringConverter, JSON rows of 200 bytes' },
  convert_json: { ...conversion, title: 'JsonConverter without schemas, JSON rows of 200 bytes' },
  convert_json_schema: { ...conversion, title: 'JsonConverter with schemas (0.6 KB)' },
  convert_debezium: { ...conversion, title: 'Debezium change events with schema (2.7 KB)' },
  convert_avro: { ...conversion, title: 'AvroConverter (0.13 KB)' },
  convert_protobuf: { ...conversion, title: 'ProtobufConverter (0.13 KB)' },
  convert_transforms: { ...conversion, title: 'JsonConverter without schemas, then the three transforms' },
  latency_flush_1s_p50: {
    ...latency,
    title: 'From produced to committed, median, 1,000 rows/s, buffer.flush.time=1',
    target: 1_200,
  },
  latency_flush_1s_p99: { ...latency, title: 'The same, 99th percentile', target: 2_000 },
  latency_low_p50: { ...latency, title: 'With buffer.flush.time=0.2, median' },
  latency_low_p99: { ...latency, title: 'The same, 99th percentile', target: 700 },
  events_per_batch: { ...counted, title: 'Workflow events per batch, pass-through', target: 20 },
  events_per_million_rows: { ...counted, title: 'Workflow events per million rows, pass-through', target: 200 },
  history_bytes_per_batch: {
    ...counted,
    title: 'Workflow history per batch, pass-through',
    unit: 'bytes',
    target: 8_192,
  },
  idle_events_per_hour: {
    ...counted,
    title: 'Workflow events of a connector that has nothing to do, in an hour',
    target: 600,
  },
  rss_mib_small: { ...memory, title: 'Largest memory of a worker with batches of 5 MB', target: 400 },
  rss_mib_large: { ...memory, title: 'Largest memory of a worker with batches of 100 MB', target: 1_024 },
  rss_growth: {
    ...memory,
    title: 'Memory of a worker at the end of a long run over that in its middle, batches of 5 MB',
    unit: 'times',
    target: 1.1,
    tolerance: COUNTED,
  },
  trickle_cpu: {
    ...memory,
    title: 'Processor time of a worker, a trickle to each of 1,000 partitions, tasks.max=4',
    unit: '% of a core',
    target: 20,
  },
  trickle_loads_per_minute: {
    ...memory,
    title: 'Loads in a minute of that trickle, buffer.flush.time=10 (24 is what it demands)',
    unit: 'loads',
    target: 26,
    tolerance: COUNTED,
  },
  start_seconds: {
    ...starting,
    title: 'From `sluice connector start` to the first rows visible, warm worker',
    target: 3,
  },
  worker_start_seconds: { ...starting, title: 'From `sluice worker` to a worker that polls', target: 3 },
  scaling_2_processes: {
    ...starting,
    title: 'Debezium change events: two worker processes over one',
    unit: 'times',
    better: 'higher',
    target: 1.8,
  },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;

export const MEASURE_NAMES = Object.keys(MEASURES) as readonly MeasureName[];

export function measureOf(name: MeasureName): Measure {
  return MEASURES[name];
}

/** Rates grow with the machine: they are compared as shares of the raw limit of their own run. */
export function isRate({ unit }: { readonly unit: string }): boolean {
  return unit === 'rows/s' || unit === 'rows/CPU s';
}
