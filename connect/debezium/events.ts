/** What a record of a Debezium topic turns out to be. */

/** Records that make no row, and why. */
export type SkipReason =
  /** A null value, which follows the event of a delete for the sake of log compaction. */
  | 'tombstone'
  /** A delete, where deletes are not loaded. */
  | 'delete'
  /** A truncate, where truncates are not applied. */
  | 'truncate'
  | 'heartbeat'
  /** Begin or end of a transaction in the source. */
  | 'transaction'
  /** DDL of the source. */
  | 'schema-change'
  /** A message that an application wrote into the log of the source (`pg_logical_emit_message`). */
  | 'message';

export type ChangeOutcome =
  /**
   * A row was written. `unavailable` names the columns that are left out of it because the event does not hold their
   * values: the row must be loaded as a partial update.
   */
  | { readonly kind: 'upsert'; readonly unavailable: readonly string[] }
  /** A row that deletes was written. */
  | { readonly kind: 'delete' }
  /** The source's table was emptied. Rows of earlier records are to be loaded before that is applied, later ones after. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

const NONE: readonly string[] = [];

/** One object per outcome, as nothing is to be allocated per record. */
export const UPSERTED: ChangeOutcome = { kind: 'upsert', unavailable: NONE };
export const DELETED: ChangeOutcome = { kind: 'delete' };
export const TRUNCATED: ChangeOutcome = { kind: 'truncate' };

const SKIPPED = new Map<SkipReason, ChangeOutcome>();

export function skipped(reason: SkipReason): ChangeOutcome {
  const known = SKIPPED.get(reason);
  if (known !== undefined) return known;
  const outcome: ChangeOutcome = { kind: 'skipped', reason };
  SKIPPED.set(reason, outcome);
  return outcome;
}
