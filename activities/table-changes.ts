/** What becomes of a batch in which a record needs its table changed first. */
import { SluiceError } from '../connect/errors.js';
import type { TableChange } from '../connect/pipeline/index.js';
import type { PrepareBatchInput, PrepareBatchOutput } from '../workflows/core/activities.js';
import type { Range } from '../workflows/core/model.js';
import { samePartition } from '../workflows/core/offsets.js';
import type { ReadLimits } from './read-batch.js';

/**
 * The changes, for the workflow to make. Where a table is emptied in the middle of a range, what is before that is a
 * batch of its own: it has to be in the table when it is emptied.
 *
 * @param before how far each range was read; without those of which nothing was
 * @throws SluiceError where the ranges cannot be cut any more
 */
export function changesFirst(
  { mayCut }: Pick<PrepareBatchInput, 'mayCut'>,
  changes: readonly TableChange[],
  before: readonly Range[],
): PrepareBatchOutput {
  const truncate = changes.find((change) => change.kind === 'truncate');
  const isInside = truncate !== undefined && before.some((range) => samePartition(range, truncate));
  if (!isInside) return { outcome: 'schemaChange', changes };
  if (mayCut) return { outcome: 'tooLarge', ranges: before };
  const { topic, partition, offset, database, table } = truncate;
  throw new SluiceError(
    'SINK_UNSUPPORTED',
    `${database}.${table} is emptied in the middle of a batch that cannot be cut.`,
    {
      context: { topic, partition, offset, table: `${database}.${table}` },
      hint: 'The batch was planned under another configuration: go back to that one until it is loaded.',
    },
  );
}

/** Events of the batch whose change has been made; a batch that the group told of was cut by them when it was new. */
export function appliedOf({
  recovered,
  applied,
}: Pick<PrepareBatchInput, 'recovered' | 'applied'>): ReadLimits['applied'] {
  return recovered === true ? 'all' : applied;
}
