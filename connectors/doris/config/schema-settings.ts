/** What may be changed of tables, as a configuration asks for it. */

export const SCHEMA_EVOLUTION = ['none', 'basic', 'full'] as const;
export type SchemaEvolution = (typeof SCHEMA_EVOLUTION)[number];

/** A column of one table, or of every table. */
export interface ColumnOfTable {
  readonly table: string | undefined;
  readonly column: string;
}

export interface ColumnRename extends ColumnOfTable {
  readonly to: string;
}

export interface SchemaSettings {
  /** `none`: nothing; `basic`: columns are added; `full`: types are widened, columns renamed and dropped as allowed. */
  readonly evolution: SchemaEvolution;
  readonly renames: readonly ColumnRename[];
  readonly drops: readonly ColumnOfTable[];
  /** What becomes of fields that are no columns where none are added. */
  readonly unknownFields: 'ignore' | 'fail';
  /** Whether a table that is missing is made. */
  readonly autoCreate: boolean;
  /** Properties of tables that are made, such as `replication_num`. */
  readonly createProperties: Readonly<Record<string, string>>;
  /** The key of tables that are made; empty: the fields of the record's key. */
  readonly keyColumns: readonly string[];
  /** Fields that never become columns: the one that names the table. */
  readonly fieldsWithoutColumn: readonly string[];
  /** How long a change may take before the step is tried again. */
  readonly changeTimeoutMs: number;
}

/** Reads `column` or `table.column`; the reason where it is neither. */
export function parseColumn(text: string): ColumnOfTable | string {
  const [, table, column = ''] = /^(?:([^.:]+)\.)?([^.:]+)$/.exec(text.trim()) ?? [];
  return column === '' ? `${text} is not column or table.column` : { table, column };
}

/** Reads `old:new` or `table.old:new`. */
export function parseRename(text: string): ColumnRename | string {
  const [from = '', to, ...rest] = text.split(':');
  const column = parseColumn(from);
  const target = parseColumn(to ?? '');
  if (typeof column === 'string' || typeof target === 'string' || target.table !== undefined || rest.length > 0) {
    return `${text} is not old:new or table.old:new`;
  }
  return { ...column, to: target.column };
}

/** Whether DDL may be executed. */
export function mayChangeTables({ evolution, autoCreate }: SchemaSettings): boolean {
  return autoCreate || evolution !== 'none';
}

/** What the keys say; `undefined` where one is not given. */
export function schemaSettings(values: {
  readonly 'schema.evolution': SchemaEvolution | undefined;
  readonly 'debezium.schema.evolution': SchemaEvolution;
  readonly 'converter.mode': 'normal' | 'debezium_ingestion';
  readonly 'schema.evolution.unknown.fields': 'ignore' | 'fail';
  readonly 'schema.evolution.timeout.ms': number;
  readonly 'schema.evolution.rename.columns': readonly string[];
  readonly 'schema.evolution.drop.columns': readonly string[];
  readonly 'auto.create': boolean;
  readonly 'auto.create.properties.*': Readonly<Record<string, string>>;
  readonly 'auto.create.key.columns': readonly string[];
  readonly 'record.tablename.field': string | undefined;
}): SchemaSettings {
  const ofEvents = values['converter.mode'] === 'debezium_ingestion' ? values['debezium.schema.evolution'] : 'none';
  const tableField = values['record.tablename.field'];
  return {
    evolution: values['schema.evolution'] ?? ofEvents,
    renames: values['schema.evolution.rename.columns'].map(parseRename).filter((rename) => typeof rename !== 'string'),
    drops: values['schema.evolution.drop.columns'].map(parseColumn).filter((column) => typeof column !== 'string'),
    unknownFields: values['schema.evolution.unknown.fields'],
    autoCreate: values['auto.create'],
    createProperties: values['auto.create.properties.*'],
    keyColumns: values['auto.create.key.columns'],
    fieldsWithoutColumn: tableField === undefined ? [] : [tableField],
    changeTimeoutMs: values['schema.evolution.timeout.ms'],
  };
}
