/** A table of the source, the table of Doris that follows it, and what is different between the two. */
import type { Source, TextRow } from '../../../sandbox/capture/index.js';
import type { Rig } from '../../integration/rig.js';
import type { Variant } from './variant.js';

export interface FollowedColumn {
  readonly name: string;
  /** In Doris; the columns of the key come first. */
  readonly doris: string;
  /** The value in Doris of the rows that were there before the column. */
  readonly default?: string;
  /** Whether the column comes while the table is followed: Sluice adds it where events say what it is. */
  readonly isAdded?: true;
  /** See `CapturedColumn`. */
  readonly shown: (variant: Variant) => string | undefined;
}

export interface FollowedTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly FollowedColumn[];
  /** Whether Doris merges rows of a key when they are written, as it does unless told otherwise; else when they are read. */
  readonly isMergedOnRead?: true;
}

export const DATABASE = 'live';

/** `live.pg_connect_orders` */
export function followerOf({ name }: FollowedTable, variant: Variant, prefix: string): string {
  return `${DATABASE}.${prefix}_${variant.name}_${name}`;
}

/** A table with a unique key, as the guide of the Java connector recommends for change capture. */
export function followerDdl(table: FollowedTable, follower: string, variant: Variant): string {
  const columns = table.columns
    .filter(({ isAdded }) => isAdded === undefined || !variant.schemas)
    .map(({ name, doris, default: value }) => {
      const nullability = table.key.includes(name) ? 'NOT NULL' : 'NULL';
      return `${name} ${doris} ${nullability}${value === undefined ? '' : ` DEFAULT "${value}"`}`;
    });
  const key = table.key.join(', ');
  return `CREATE TABLE ${follower} (${columns.join(', ')})
    UNIQUE KEY(${key}) DISTRIBUTED BY HASH(${key}) BUCKETS 1 PROPERTIES ("enable_unique_key_merge_on_write" = "${table.isMergedOnRead === undefined}")`;
}

export interface Difference {
  readonly key: string;
  readonly column: string;
  readonly source: string | null | undefined;
  readonly doris: string | null | undefined;
}

/** Every cell that is not what it should be; a row that only one side has is a difference of its own. */
export async function differences(
  table: FollowedTable,
  follower: string,
  variant: Variant,
  source: Source,
  rig: Rig,
): Promise<Difference[]> {
  const compared = table.columns.flatMap(({ name, shown }) => {
    const expression = shown(variant);
    return expression === undefined ? [] : [{ name, expression }];
  });
  const names = compared.map(({ name }) => name);
  const wanted = await source.select(
    `select ${compared.map(({ name, expression }) => `${expression} as ${name}`).join(', ')} from ${table.name}`,
  );
  const found = await rig.texts(`SELECT ${names.join(', ')} FROM ${follower}`);
  return compareRows(names, table.key, wanted, found);
}

function compareRows(
  names: readonly string[],
  key: readonly string[],
  wanted: readonly TextRow[],
  found: readonly TextRow[],
): Difference[] {
  const keyOf = (row: TextRow) => key.map((name) => row[names.indexOf(name)]).join('/');
  const byKey = (rows: readonly TextRow[]) => new Map(rows.map((row) => [keyOf(row), row]));
  const [source, doris] = [byKey(wanted), byKey(found)];
  const doubled = found.length - doris.size;
  return [
    ...(doubled === 0
      ? []
      : [{ key: '*', column: '*', source: '0', doris: `${doubled} rows have the key of another` }]),
    ...[...new Set([...source.keys(), ...doris.keys()])].flatMap((each) =>
      compareCells(each, names, source.get(each), doris.get(each)),
    ),
  ];
}

function compareCells(
  key: string,
  names: readonly string[],
  source: TextRow | undefined,
  doris: TextRow | undefined,
): Difference[] {
  if (source === undefined || doris === undefined) {
    return [{ key, column: '*', source: source && 'a row', doris: doris && 'a row' }];
  }
  return names.flatMap((column, index) =>
    source[index] === doris[index] ? [] : [{ key, column, source: source[index], doris: doris[index] }],
  );
}
