/** A load, planned: the table and the options compiled into the work per row. Everything that is refused before a body is read is refused here. */
import { findColumn } from '../catalog.js';
import { type Converter, Rejection, UNCONVERTIBLE } from '../conversion.js';
import type { LoadEngine } from '../engine.js';
import { type Cell, type ColumnDefinition, DatabaseError, type TableDefinition } from '../model.js';
import type { StagedRows } from '../staging.js';
import { compileConverter } from '../values.js';
import { type ColumnMapping, DELETE_SIGN, mapColumns } from './columns.js';
import type { LoadOptions } from './options.js';

export interface TargetColumn {
  readonly column: ColumnDefinition;
  /** The field of the source row; undefined takes the default. */
  readonly slot: number | undefined;
  readonly convert: Converter;
  /** What a row gets that does not have the column; undefined where it must have it. */
  readonly absent: Cell | undefined;
}

export interface LoadPlan {
  readonly table: TableDefinition;
  readonly options: LoadOptions;
  /** The fields that the reader delivers. */
  readonly source: readonly string[];
  /** Computed for each row, in DuckDB's SQL over the source columns; their values stand behind the source fields. */
  readonly expressions: readonly string[];
  readonly targets: readonly TargetColumn[];
  /** Where a row says that it is a delete, that it is selected. */
  readonly deleteSlot: number | undefined;
  readonly whereSlot: number | undefined;
  readonly staged: StagedRows;
}

/** Throws DatabaseError in the words of the planner. */
export function planLoad(engine: LoadEngine, table: TableDefinition, options: LoadOptions): LoadPlan {
  const mapping = mapColumns(table, options);
  checkPaths(mapping, options);
  const expressions: string[] = [];
  const compute = (expression: string): number => mapping.source.length + expressions.push(expression) - 1;
  const slots = new Map(mapping.source.map((name, index) => [name.toLowerCase(), index]));
  for (const [name, expression] of mapping.derived) {
    const renamed = slots.get(expression.replaceAll('`', '').toLowerCase());
    slots.set(name, renamed ?? compute(expression));
  }
  const targets = planTargets(table, options, slots);
  const deletes = planDeletes(table, options, slots, compute);
  const whereSlot = options.where === undefined ? undefined : compute(options.where);
  const staged = engine.stage(table.database, table.name, {
    columns: targets.map(({ column }) => column),
    partial: options.partialColumns,
    deletes: deletes.any,
  });
  return { table, options, source: mapping.source, expressions, targets, deleteSlot: deletes.slot, whereSlot, staged };
}

function checkPaths(mapping: ColumnMapping, { jsonPaths }: LoadOptions): void {
  if (jsonPaths === undefined || jsonPaths.length === mapping.source.length) return;
  throw new DatabaseError(
    `The number of jsonpaths (${jsonPaths.length}) does not match the number of columns (${mapping.source.length})`,
  );
}

function planTargets(
  table: TableDefinition,
  options: LoadOptions,
  slots: ReadonlyMap<string, number>,
): readonly TargetColumn[] {
  const targets: TargetColumn[] = [];
  for (const column of table.columns) {
    const slot = slots.get(column.name.toLowerCase());
    if (slot === undefined && options.partialColumns) {
      if (column.key) throw new DatabaseError(`Partial update should include all key columns, missing: ${column.name}`);
      continue;
    }
    const convert = compileConverter(column, options);
    const absent = absentCell(column, convert);
    if (slot === undefined && absent === undefined) {
      throw new DatabaseError(`Column has no default value, column=${column.name}`);
    }
    targets.push({ column, slot, convert, absent });
  }
  return targets;
}

function planDeletes(
  table: TableDefinition,
  { mergeType, deleteCondition, hiddenColumns }: LoadOptions,
  slots: ReadonlyMap<string, number>,
  compute: (expression: string) => number,
): { any: boolean; slot: number | undefined } {
  for (const hidden of hiddenColumns) {
    const allowed = table.model !== 'DUPLICATE' && hidden.toUpperCase().startsWith('__DORIS_');
    if (!allowed && findColumn(table, hidden) === undefined) throw new DatabaseError(`Unknown column '${hidden}'`);
  }
  if (mergeType !== 'APPEND' && table.model !== 'UNIQUE' && table.model !== 'PRIMARY') {
    throw new DatabaseError('Batch delete only supported in unique tables.');
  }
  if (mergeType === 'DELETE') return { any: true, slot: undefined };
  if (mergeType === 'MERGE') return { any: true, slot: compute(deleteCondition ?? 'FALSE') };
  const slot = slots.get(DELETE_SIGN.toLowerCase());
  return { any: slot !== undefined, slot };
}

/** DEFAULT, else NULL; undefined for a column that has neither. */
function absentCell(column: ColumnDefinition, convert: Converter): Cell | undefined {
  const { defaultValue, nullable } = column;
  if (defaultValue === undefined || defaultValue === null) return nullable ? null : undefined;
  const text = /^CURRENT_(TIMESTAMP|DATE)/i.test(defaultValue) ? new Date().toISOString() : defaultValue;
  const cell = convert(text);
  return cell === UNCONVERTIBLE || cell instanceof Rejection ? null : cell;
}
