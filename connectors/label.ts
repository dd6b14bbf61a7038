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
  /** Records of the ranges whose rows are left out: without them it is another load. */
  readonly excluded?: readonly LabelExclusion[];
}

export interface LabelExclusion {
  readonly topic: string;
  readonly partition: number;
  readonly offsets: string;
}

/**
 * `<prefix>__<table>__<topic>__<partition>__<start>__<end>__<identity>` for one range. For several ranges, without
 * records that are left out, and where a name had to be rewritten into the allowed characters, a hash over everything stands before the identity; where the
 * whole would be too long, the hash stands for the names too.
 */
export function labelOf({ prefix, database, table, ranges, identity, excluded = [] }: LabelParts): string {
  const [first] = ranges;
  if (first === undefined) throw new RangeError('a label needs at least one range');
  const owner = shortHash([identity.id, identity.epoch], 8);
  const names = [prefix, table, first.topic];
  const exact = ranges.length === 1 && excluded.length === 0 && names.every((name) => allowed(name) === name);
  const without = excluded.map(({ topic, partition, offsets }) => [topic, partition, offsets]);
  const all = [prefix, database, table, ranges.map(plain), ...(without.length === 0 ? [] : [without])];
  const everything = shortHash(all, 16);
  const middle = exact ? [] : [everything];
  const label = [...names.map(allowed), first.partition, first.start, first.end, ...middle, owner].join('__');
  if (label.length <= MAX_LABEL_LENGTH) return label;
  const tail = [everything, first.partition, first.start, first.end, owner].join('__');
  return `${allowed(prefix).slice(0, MAX_LABEL_LENGTH - tail.length - 2)}__${tail}`;
}

/** The label of a load that is made to see whether the database takes some of the rows: never committed. */
export function trialLabel(label: string, trial: number): string {
  return withTail(label, `__try${trial}`);
}

/** The label of a wave of a table's rows; of the first one, the label itself. */
export function waveLabel(label: string, wave: { index: number; columns?: readonly string[] } | undefined): string {
  return wave === undefined ? label : withTail(label, `__w${wave.index}_${shortHash(wave.columns ?? [], 6)}`);
}

function withTail(label: string, tail: string): string {
  if (label.length + tail.length <= MAX_LABEL_LENGTH) return label + tail;
  const hash = shortHash(label, 16);
  return `${label.slice(0, MAX_LABEL_LENGTH - tail.length - hash.length - 2)}__${hash}${tail}`;
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
