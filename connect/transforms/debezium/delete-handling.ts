/** What becomes of deletes and tombstones: `delete.tombstone.handling.mode`, and the two keys that it came from. */

export const DELETE_MODES = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'] as const;
export type DeleteMode = (typeof DELETE_MODES)[number];

export interface DeleteHandling {
  /**
   * `drop` drops the event, `null` takes its value away but leaves the schema, `tombstone` takes both, `rewrite` makes a
   * row of what there was before, with the field `__deleted`.
   */
  readonly deletes: 'drop' | 'null' | 'tombstone' | 'rewrite';
  readonly keepTombstones: boolean;
}

const BY_MODE: Readonly<Record<DeleteMode, DeleteHandling>> = {
  drop: { deletes: 'drop', keepTombstones: false },
  tombstone: { deletes: 'null', keepTombstones: false },
  rewrite: { deletes: 'rewrite', keepTombstones: false },
  'rewrite-with-tombstone': { deletes: 'rewrite', keepTombstones: true },
  'delete-to-tombstone': { deletes: 'tombstone', keepTombstones: false },
};

/** Debezium before 2.5: `delete.handling.mode` (by default `drop`) and `drop.tombstones` (by default true). */
export interface FormerSettings {
  readonly mode: 'drop' | 'rewrite' | 'none' | undefined;
  readonly dropTombstones: boolean | undefined;
}

const BY_FORMER_MODE = { drop: 'drop', rewrite: 'rewrite', none: 'null' } as const;

/** The mode that was set; else what the former keys say, where one of them is set; else `tombstone`. */
export function deleteHandling(mode: DeleteMode | undefined, former: FormerSettings): DeleteHandling {
  if (mode !== undefined) return BY_MODE[mode];
  if (former.mode === undefined && former.dropTombstones === undefined) return BY_MODE.tombstone;
  return { deletes: BY_FORMER_MODE[former.mode ?? 'drop'], keepTombstones: former.dropTombstones === false };
}
