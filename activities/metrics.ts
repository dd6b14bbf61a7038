/** What a worker counts of its connectors; served beside Temporal's own metrics at `metrics.port`. */
import type {
  AwaitBatchInput,
  AwaitBatchOutput,
  CommitBatchInput,
  CommitBatchOutput,
} from '../workflows/core/activities.js';

/** The part of Temporal's metric meter that is used: counters and gauges with tags. */
export interface Meter {
  createCounter(name: string, unit: string, description: string): { add(value: number, tags: Tags): void };
  createGauge(
    name: string,
    valueType: 'int',
    unit: string,
    description: string,
  ): { set(value: number, tags: Tags): void };
}

type Tags = Record<string, string | number>;

export interface Metrics {
  /** After a look at the log: how many records wait. */
  looked(input: AwaitBatchInput, output: AwaitBatchOutput): void;
  /** After a commit: what is in the database now. */
  committed(input: CommitBatchInput, output: CommitBatchOutput): void;
}

export function createMetrics(meter: Meter): Metrics {
  const lag = meter.createGauge(
    'sluice_lag',
    'int',
    'records',
    'Records of a task that are not yet planned for loading',
  );
  const batches = meter.createCounter('sluice_batches_committed', 'batches', 'Batches committed');
  const rows = meter.createCounter('sluice_rows_loaded', 'rows', 'Rows in the database, by table');
  const filtered = meter.createCounter('sluice_rows_filtered', 'rows', 'Rows that the database has left out, by table');
  const bytes = meter.createCounter('sluice_bytes_loaded', 'bytes', 'Bytes of row text loaded, by table');
  const dead = meter.createCounter('sluice_dead_letters', 'records', 'Records in the dead letter queue');
  const skipped = meter.createCounter(
    'sluice_records_skipped',
    'records',
    'Bad records that were left out without a dead letter queue',
  );
  return {
    looked: ({ connector, task, positions }, output) => {
      if (output.outcome === 'partitions') return;
      const waiting = positions.map(({ offset }, index) => BigInt(output.ends[index] ?? offset) - BigInt(offset));
      const total = waiting.reduce((sum, records) => (records > 0n ? sum + records : sum), 0n);
      lag.set(Number(total), { connector: connector.name, task });
    },
    committed: ({ connector, task, bad }, output) => {
      if (output.outcome !== 'committed') return;
      batches.add(1, { connector: connector.name, task });
      if (bad !== undefined) {
        dead.add(bad.deadLetters, { connector: connector.name, task });
        skipped.add(bad.skipped, { connector: connector.name, task });
      }
      for (const load of output.loads) {
        const tags = { connector: connector.name, table: `${load.database}.${load.table}` };
        rows.add(load.rows, tags);
        filtered.add(load.filteredRows, tags);
        bytes.add(load.sizeBytes, tags);
      }
    },
  };
}
