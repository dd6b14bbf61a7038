/**
 * Labels: the name under which the database knows a load.
 *
 * A label follows from what it stands for and from nothing else: the table, the exact ranges, and whose they are. It
 * never holds a run id or an attempt number, so that every attempt of a batch meets the same label.
 */
import { createHash } from 'node:crypto';

/** Doris' and StarRocks' limit (LABEL_REGEX of FeNameFormat: `^[-_A-Za-z0-9]{1,128}$`). */
export const MAX_LABEL_LENGTH = 128;

export interface LabelRange {
  readonly topic: string;
  readonly partition: number;
  /** Offsets as decimal strings; the end is exclusive. */
  readonly start: string;
  readonly end: string;
}

export interface LabelParts {
  readonly prefix: string;
  readonly database: string;
  readonly table: string;
  readonly ranges: readonly LabelRange[];
  readonly identity: { readonly id: string; readonly epoch: number };
}

/**
 * `<prefix>__<table>__<topic>__<partition>__<start>__<end>__<identity>` for one range. For several ranges, and where a
 * name had to be rewritten into the allowed characters, a hash over everything stands before the identity; where the
 * whole would be too long, the hash stands for the names too.
 */
export function labelOf({ prefix, database, table, ranges, identity }: LabelParts): string {
  const [first] = ranges;
  if (first === undefined) throw new RangeError('a label needs at least one range');
  const owner = shortHash([identity.id, identity.epoch], 8);
  const names = [prefix, table, first.topic];
  const exact = ranges.length === 1 && names.every((name) => allowed(name) === name);
  const everything = shortHash([prefix, database, table, ranges.map(plain)], 16);
  const middle = exact ? [] : [everything];
  const label = [...names.map(allowed), first.partition, first.start, first.end, ...middle, owner].join('__');
  if (label.length <= MAX_LABEL_LENGTH) return label;
  const tail = [everything, first.partition, first.start, first.end, owner].join('__');
  return `${allowed(prefix).slice(0, MAX_LABEL_LENGTH - tail.length - 2)}__${tail}`;
}

function allowed(name: string): string {
  return name.replace(/[^-_A-Za-z0-9]/g, '_');
}

function plain({ topic, partition, start, end }: LabelRange): unknown[] {
  return [topic, partition, start, end];
}

function shortHash(value: unknown, length: number): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, length);
}
