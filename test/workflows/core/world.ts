/** A connector under test: a log of one topic, a sink that takes all, and the core between them. */
import type { AwaitBatchInput, CommitBatchInput, PrepareBatchInput } from '../../../workflows/core/activities.js';
import { Connector } from '../../../workflows/core/connector.js';
import type { ConnectorInput, CoreSettings, LoadReference, Range } from '../../../workflows/core/model.js';
import { BenchRuntime, forever, type Script } from './bench-runtime.js';

export const settings: CoreSettings = {
  connectorClass: 'DorisSink',
  kind: 'sink',
  labelPrefix: 'orders',
  tasksMax: 1,
  pipelineDepth: 2,
  retryIntervalMs: 10,
  guarantee: 'exactly_once',
  guaranteeReason: 'two-phase commit',
  warnings: [],
  topics: ['t'],
};

/** A log of one topic with records up to `ends`, batches of at most `size` records, and a sink that takes all. */
export function world(
  ends: Record<number, number>,
  size = 10,
  more: Partial<Script> = {},
  changed: Partial<CoreSettings> = {},
) {
  const log = { ends: { ...ends } };
  const script: Script = {
    validateConnector: () => ({
      settings: { ...settings, ...changed },
      partitions: Object.keys(log.ends).map((partition) => ({
        topic: 't',
        topicId: 'T',
        partition: Number(partition),
        offset: '0',
      })),
    }),
    awaitBatch: async (input: AwaitBatchInput, signal) => {
      const endOf = (partition: number) => log.ends[partition] ?? 0;
      const ranges: Range[] = input.positions
        .filter(({ partition, offset }) => endOf(partition) > Number(offset))
        .map(({ topic, partition, offset }) => ({
          topic,
          partition,
          start: offset,
          end: String(Math.min(endOf(partition), Number(offset) + size)),
        }));
      const lookedAt = input.positions.map(({ partition }) => String(endOf(partition)));
      if (ranges.length > 0) return { outcome: 'due', reason: 'records', ranges, ends: lookedAt };
      if (input.dueAtOnce) return { outcome: 'idle', ends: lookedAt };
      return forever(signal);
    },
    prepareBatch: (input: PrepareBatchInput) => ({
      outcome: 'prepared',
      loads: [loadOf(input)],
      recordsRead: countOf(input.ranges),
    }),
    commitBatch: (input: CommitBatchInput) => ({
      outcome: 'committed',
      loads: input.loads.map((load) => ({ ...load, state: 'COMMITTED' as const })),
      visible: true,
    }),
    applySchemaChange: () => ({ statements: [] }),
    abortBatch: () => ({ outcome: 'aborted' }),
    ...more,
  };
  return { log, runtime: new BenchRuntime(script) };
}

export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + Number(end) - Number(start), 0);
}

export function loadOf({ ranges, identity }: Pick<PrepareBatchInput, 'ranges' | 'identity'>): LoadReference {
  const rows = countOf(ranges);
  const label = `${identity.epoch}:${ranges.map(({ partition, start, end }) => `${partition}/${start}-${end}`).join(',')}`;
  return {
    database: 'db',
    table: 't',
    label,
    transactionId: '1',
    state: 'PRECOMMITTED',
    rows,
    filteredRows: 0,
    sizeBytes: rows * 100,
  };
}

export function begin(runtime: BenchRuntime, input: Partial<ConnectorInput> = {}) {
  const connector = new Connector(runtime, { name: 'orders', config: { 'connector.class': 'DorisSink' }, ...input });
  const finished = connector.run();
  return { connector, finished };
}

export async function end({ connector, finished }: ReturnType<typeof begin>) {
  connector.delete();
  return finished;
}

export function committedRanges(runtime: BenchRuntime): string[] {
  return runtime
    .inputs('commitBatch')
    .flatMap(({ ranges }) => ranges.map(({ partition, start, end }) => `${partition}:${start}-${end}`));
}
