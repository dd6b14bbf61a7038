/**
 * A load, planned: the table and the options compiled into the work per row. What can be refused before the body is
 * read is refused here.
 */
import { findColumn } from '../catalog.js';
import type { Computation } from '../computation.js';
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
  /** Makes what a row gets that does not have the column; undefined where it must have it. */
  readonly absent: (() => Cell) | undefined;
}

export interface LoadPlan {
  readonly table: TableDefinition;
  readonly options: LoadOptions;
  /** The fields that the reader delivers. */
  readonly source: readonly string[];
  /** What is computed for each row; its values stand behind the fields of the source. Absent: nothing is. */
  readonly computation: Computation | undefined;
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
  checkFlexible(table, options);
  const { source } = mapping;
  const conditions = [options.where, options.mergeType === 'MERGE' ? options.deleteCondition : undefined];
  const computation = planComputation(table, mapping, conditions);
  const slots = new Map(source.map((name, index) => [name.toLowerCase(), index]));
  for (const [index, { name, expression }] of mapping.derived.entries()) {
    const renamed = computation === undefined ? slots.get(plainName(expression)) : undefined;
    slots.set(name.toLowerCase(), renamed ?? source.length + index);
  }
  const firstCondition = source.length + mapping.derived.length;
  const whereSlot = options.where === undefined ? undefined : firstCondition;
  const conditionSlot = firstCondition + (options.where === undefined ? 0 : 1);
  const nextId = (): bigint => engine.nextAutoIncrement(table.database, table.name);
  const targets = planTargets(table, options, slots, nextId);
  const deletes = planDeletes(table, options, slots, conditionSlot);
  const staged = engine.stage(table.database, table.name, {
    columns: targets.map(({ column }) => column),
    partial: options.partialColumns || options.flexibleColumns === true,
    deletes: deletes.any,
    ...(options.flexibleColumns === true ? { masked: true } : {}),
    ...planSequence(table, options, slots),
  });
  return { table, options, source, computation, targets, deleteSlot: deletes.slot, whereSlot, staged };
}

/** Undefined where every derived column is only another name of a source column: then nothing is computed. */
function planComputation(
  table: TableDefinition,
  { source, derived }: ColumnMapping,
  given: readonly (string | undefined)[],
): Computation | undefined {
  const conditions = given.filter((condition) => condition !== undefined);
  const names = new Set(source.map((name) => name.toLowerCase()));
  const renamesOnly = derived.every(({ expression }) => names.has(plainName(expression)));
  return renamesOnly && conditions.length === 0 ? undefined : { table, source, derived, conditions };
}

function plainName(expression: string): string {
  return expression.replaceAll('`', '').toLowerCase();
}

function checkPaths(mapping: ColumnMapping, { jsonPaths }: LoadOptions): void {
  if (jsonPaths === undefined || jsonPaths.length === mapping.source.length) return;
  throw new DatabaseError(
    `The number of jsonpaths (${jsonPaths.length}) does not match the number of columns (${mapping.source.length})`,
  );
}

/**
 * A table of `function_column.sequence_type` keeps the sequence in a hidden column. Here it is that of the table which
 * has the same source: the two are the same as long as all loads name the same one.
 */
function planSequence(
  table: TableDefinition,
  { sequenceColumn }: LoadOptions,
  slots: ReadonlyMap<string, number>,
): { readonly sequence?: string } {
  const isHidden = table.properties['function_column.sequence_type'] !== undefined;
  if (sequenceColumn === undefined) {
    if (!isHidden) return {};
    throw new DatabaseError(`Table ${table.name} has sequence column, need to specify the sequence column`);
  }
  if (!isHidden) throw new DatabaseError(`There is no sequence column in the table ${table.name}`);
  const column = findColumn(table, sequenceColumn);
  if (!slots.has(sequenceColumn.toLowerCase())) throw new DatabaseError(`Unknown sequence column '${sequenceColumn}'`);
  if (column !== undefined) return { sequence: column.name };
  throw new DatabaseError(`sequence column ${sequenceColumn} is no column of the table: this sandbox does not keep it`);
}

/** SkipBitmapColumn: a table has to be made for it. */
function checkFlexible(table: TableDefinition, { flexibleColumns }: LoadOptions): void {
  if (flexibleColumns !== true || table.properties.enable_unique_key_skip_bitmap_column === 'true') return;
  throw new DatabaseError(
    `Flexible partial update can only support table with skip bitmap hidden column. But table ${table.name} doesn't have it. ` +
      `You can use \`ALTER TABLE ${table.name} ENABLE FEATURE "UPDATE_FLEXIBLE_COLUMNS";\` to add it to the table.`,
  );
}

function planTargets(
  table: TableDefinition,
  options: LoadOptions,
  slots: ReadonlyMap<string, number>,
  nextId: () => bigint,
): readonly TargetColumn[] {
  const targets: TargetColumn[] = [];
  for (const column of table.columns) {
    const slot = slots.get(column.name.toLowerCase());
    if (slot === undefined && options.partialColumns && options.flexibleColumns !== true) {
      if (column.key) throw new DatabaseError(`Partial update should include all key columns, missing: ${column.name}`);
      continue;
    }
    const convert = compileConverter(column, options);
    const absent = column.autoIncrement === true ? () => nextId() : absentCell(column, convert);
    if (slot === undefined && absent === undefined) {
      throw new DatabaseError(`Column has no default value, column=${column.name}`);
    }
    targets.push({ column, slot, convert, absent });
  }
  return targets;
}

function planDeletes(
  table: TableDefinition,
  { mergeType, hiddenColumns }: LoadOptions,
  slots: ReadonlyMap<string, number>,
  conditionSlot: number,
): { any: boolean; slot: number | undefined } {
  for (const hidden of hiddenColumns) {
    const allowed = table.model !== 'DUPLICATE' && hidden.toUpperCase().startsWith('__DORIS_');
    if (!allowed && findColumn(table, hidden) === undefined) throw new DatabaseError(`Unknown column '${hidden}'`);
  }
  if (mergeType !== 'APPEND' && table.model !== 'UNIQUE' && table.model !== 'PRIMARY') {
    throw new DatabaseError('Batch delete only supported in unique tables.');
  }
  if (mergeType === 'DELETE') return { any: true, slot: undefined };
  if (mergeType === 'MERGE') return { any: true, slot: conditionSlot };
  const slot = slots.get(DELETE_SIGN.toLowerCase());
  return { any: slot !== undefined, slot };
}

/** DEFAULT, else NULL; undefined for a column that has neither. */
function absentCell(column: ColumnDefinition, convert: Converter): (() => Cell) | undefined {
  const { defaultValue, nullable } = column;
  if (defaultValue === undefined || defaultValue === null) return nullable ? () => null : undefined;
  const text = /^CURRENT_(TIMESTAMP|DATE)/i.test(defaultValue) ? new Date().toISOString() : defaultValue;
  const cell = convert(text);
  const fitting = cell === UNCONVERTIBLE || cell instanceof Rejection ? null : cell;
  return () => fitting;
}
