/** The tables of a sink as they were last seen, and what rows of a schema need of them. */
import type { StructSchema } from '../../../connect/data/schema.js';
import { SluiceError } from '../../../connect/errors.js';
import {
  NotReady,
  type PartialUpdate,
  SchemaChangeNeeded,
  type TableName,
  type TableSchema,
} from '../../../connect/pipeline/index.js';
import type { KnownTables } from '../../sink.js';
import type { TableDescription } from '../../sink-driver.js';
import { mayChangeTables, type SchemaSettings } from '../config/schema-settings.js';
import { type EventModes, fieldsOfTable, parseColumnType } from '../schema/index.js';
import { type Needs, needsOf } from './needs.js';

/** Tables are changed by people too, who tell nobody: they are looked at again after so long. */
const LOOK_AGAIN_MS = 600_000;

interface Seen {
  readonly atMs: number;
  /** Undefined: there is no such table. */
  readonly description: TableDescription | undefined;
  /** Rows that did not fit what was seen before: for them what was found now holds. */
  readonly lookedFor: WeakSet<StructSchema>;
  /** Rows that it takes as it is. */
  readonly fitting: WeakSet<StructSchema>;
  /** Made for those who ask for it. */
  fields?: StructSchema;
  partial?: PartialUpdate;
}

/** Asks Doris for a table; undefined where there is none. */
export type Describe = (table: TableName, signal: AbortSignal) => Promise<TableDescription | undefined>;

export class DorisTables implements KnownTables {
  readonly areCreated: boolean;
  private readonly seen = new Map<string, Seen>();
  readonly ignoresSchemas: boolean;

  constructor(
    private readonly describe: Describe,
    private readonly settings: SchemaSettings,
    private readonly modes: EventModes,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.areCreated = settings.autoCreate;
    this.ignoresSchemas = !mayChangeTables(settings) && settings.unknownFields === 'ignore';
  }

  onSchema(table: TableName, schema: TableSchema): void {
    if (this.ignoresSchemas) return;
    const seen = this.lookedAt(table, schema.row);
    if (seen.fitting.has(schema.row)) return;
    if (seen.description === undefined && !this.settings.autoCreate) throw unknownTable(table);
    const needs = needsOf(this.settings, table, seen.description, schema);
    if (needs.statements.length > 0) this.askFor(table, needs, schema.row, seen);
    if (needs.unknown.length > 0 && this.settings.unknownFields === 'fail') {
      // It may have been given the columns since.
      if (!seen.lookedFor.has(schema.row)) throw this.notReady(table, schema.row);
      throw unknownFields(table, needs.unknown);
    }
    seen.fitting.add(schema.row);
  }

  fieldsOf(table: TableName): StructSchema {
    const seen = this.lookedAt(table, undefined);
    seen.fields ??= fieldsOfTable(columnsOf(seen.description), this.modes);
    return seen.fields;
  }

  partialUpdate(table: TableName): PartialUpdate {
    const seen = this.lookedAt(table, undefined);
    if (seen.description === undefined) throw unknownTable(table);
    if (!seen.description.mergeOnWrite) throw noPartialUpdate(table);
    seen.partial ??= partialUpdateOf(seen.description);
    return seen.partial;
  }

  forget(table: TableName): void {
    this.seen.delete(keyOf(table));
  }

  private lookedAt(table: TableName, lookedFor: StructSchema | undefined): Seen {
    const seen = this.seen.get(keyOf(table));
    if (seen === undefined || this.nowMs() - seen.atMs > LOOK_AGAIN_MS) throw this.notReady(table, lookedFor);
    return seen;
  }

  private notReady(table: TableName, lookedFor: StructSchema | undefined): NotReady {
    return new NotReady(async (signal) => {
      const description = await this.describe(table, signal);
      const rows = this.seen.get(keyOf(table))?.lookedFor ?? new WeakSet();
      if (lookedFor !== undefined) rows.add(lookedFor);
      this.seen.set(keyOf(table), { atMs: this.nowMs(), description, lookedFor: rows, fitting: new WeakSet() });
    });
  }

  /**
   * Others change tables too: what is missing is asked of Doris once more before it is asked for. It is said as often as
   * it is asked, until the table is forgotten.
   */
  private askFor({ database, table }: TableName, needs: Needs, row: StructSchema, { lookedFor }: Seen): never {
    if (!lookedFor.has(row)) throw this.notReady({ database, table }, row);
    const { schema, statements } = needs;
    throw new SchemaChangeNeeded([{ kind: 'schema', database, table, schema, statements }]);
  }
}

function columnsOf(description: TableDescription | undefined) {
  return (description?.columns ?? []).map(({ name, type }) => ({ name, type: parseColumnType(type) }));
}

function partialUpdateOf({ columns }: TableDescription): PartialUpdate {
  return {
    keys: columns.filter(({ key }) => key).map(({ name }) => name.toLowerCase()),
    columns: new Set(columns.map(({ name }) => name.toLowerCase())),
  };
}

function noPartialUpdate({ database, table }: TableName): SluiceError {
  return new SluiceError(
    'RECORD_INVALID',
    `The event does not hold all values of its row (large ones that the update did not change), and ${database}.${table} cannot keep them: it is no table with a unique key that is merged on write.`,
    {
      context: { table: `${database}.${table}` },
      hint: 'Set REPLICA IDENTITY FULL on the table in PostgreSQL, or create the table with UNIQUE KEY and "enable_unique_key_merge_on_write" = "true".',
    },
  );
}

function keyOf({ database, table }: TableName): string {
  return JSON.stringify([database, table]);
}

function unknownTable({ database, table }: TableName): SluiceError {
  return new SluiceError('SINK_TABLE_UNKNOWN', `Doris has no table ${database}.${table}.`, {
    context: { table: `${database}.${table}` },
    hint: 'Create the table, correct doris.topic2table.map, or set auto.create=true, then restart the connector.',
  });
}

function unknownFields({ database, table }: TableName, names: readonly string[]): SluiceError {
  const [first = ''] = names;
  const told =
    names.length === 1 ? `field ${first}, which is no column` : `fields ${names.join(', ')}, which are no columns`;
  return new SluiceError('RECORD_INVALID', `The record has the ${told} of ${database}.${table}.`, {
    context: { table: `${database}.${table}`, key: 'schema.evolution.unknown.fields' },
    hint: 'Add the columns to the table, set schema.evolution=basic to have them added, or schema.evolution.unknown.fields=ignore to load the others.',
  });
}
