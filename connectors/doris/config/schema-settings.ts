/** What may be changed of tables, as a configuration asks for it. */

export const SCHEMA_EVOLUTION = ['none', 'basic', 'full'] as const;
export type SchemaEvolution = (typeof SCHEMA_EVOLUTION)[number];

export interface SchemaSettings {
  /** `none`: nothing; `basic`: columns are added; `full`: types are widened too. */
  readonly evolution: SchemaEvolution;
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
  readonly 'auto.create': boolean;
  readonly 'auto.create.properties.*': Readonly<Record<string, string>>;
  readonly 'auto.create.key.columns': readonly string[];
  readonly 'record.tablename.field': string | undefined;
}): SchemaSettings {
  const ofEvents = values['converter.mode'] === 'debezium_ingestion' ? values['debezium.schema.evolution'] : 'none';
  const tableField = values['record.tablename.field'];
  return {
    evolution: values['schema.evolution'] ?? ofEvents,
    unknownFields: values['schema.evolution.unknown.fields'],
    autoCreate: values['auto.create'],
    createProperties: values['auto.create.properties.*'],
    keyColumns: values['auto.create.key.columns'],
    fieldsWithoutColumn: tableField === undefined ? [] : [tableField],
    changeTimeoutMs: values['schema.evolution.timeout.ms'],
  };
}
