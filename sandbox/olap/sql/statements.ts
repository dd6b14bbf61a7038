/** The statements that the double understands, as the parser hands them to the session. */

import type { ColumnDefinition, TableModel } from '../model.js';
import type { Token } from './lexer.js';
import type { TableName } from './reader.js';

/** A column as CREATE TABLE and ALTER TABLE define it; what the statement leaves open depends on the table. */
export interface ColumnSpec extends Omit<ColumnDefinition, 'key' | 'aggregation'> {
  readonly key: boolean;
  readonly aggregation: ColumnDefinition['aggregation'] | undefined;
}

export interface TableKeys {
  readonly model: TableModel;
  readonly columns: readonly string[];
}

export type AlterAction =
  | { readonly kind: 'addColumns'; readonly columns: readonly ColumnSpec[]; readonly after: string | undefined }
  | { readonly kind: 'dropColumn'; readonly column: string }
  | { readonly kind: 'modifyColumn'; readonly column: ColumnSpec }
  | { readonly kind: 'renameColumn'; readonly from: string; readonly to: string }
  /** SET (…) and MODIFY COMMENT: accepted, without effect on rows. */
  | { readonly kind: 'accepted' };

/** A value of INSERT: a literal, or an expression that is left to the engine. */
export type InsertValue =
  | { readonly kind: 'literal'; readonly text: string | null }
  | { readonly kind: 'default' }
  | { readonly kind: 'expression'; readonly tokens: readonly Token[] };

export type InsertSource =
  | { readonly kind: 'values'; readonly rows: readonly (readonly InsertValue[])[] }
  | { readonly kind: 'query'; readonly tokens: readonly Token[] };

/** `LIKE 'pattern'`, or everything from WHERE on. */
export interface ShowFilter {
  readonly like: string | undefined;
  readonly tail: readonly Token[];
}

/** What is left of SHOW once its words are read. */
export type ShowTopic =
  | { readonly kind: 'databases' }
  | { readonly kind: 'tables'; readonly database: string | undefined; readonly full: boolean }
  | { readonly kind: 'tableStatus'; readonly database: string | undefined }
  | { readonly kind: 'columns'; readonly table: TableName; readonly full: boolean }
  | { readonly kind: 'keys'; readonly table: TableName }
  | { readonly kind: 'createTable'; readonly table: TableName }
  | { readonly kind: 'createDatabase'; readonly database: string }
  | { readonly kind: 'transaction'; readonly database: string | undefined }
  | { readonly kind: 'alterColumn'; readonly database: string | undefined }
  | { readonly kind: 'copy'; readonly database: string | undefined }
  | { readonly kind: 'grants'; readonly user: string | undefined }
  | { readonly kind: 'plain'; readonly name: PlainTopic };

/** Topics that need nothing but their name. */
export const PLAIN_TOPICS = [
  'BACKENDS',
  'FRONTENDS',
  'VARIABLES',
  'STATUS',
  'WARNINGS',
  'ERRORS',
  'ENGINES',
  'COLLATION',
  'CHARSET',
  'PROCESSLIST',
  'PLUGINS',
  'EVENTS',
  'TRIGGERS',
  'CONFIG',
] as const;

export type PlainTopic = (typeof PLAIN_TOPICS)[number];

export type Statement =
  | { readonly kind: 'createDatabase'; readonly database: string; readonly ifNotExists: boolean }
  | { readonly kind: 'dropDatabase'; readonly database: string; readonly ifExists: boolean }
  | CreateTable
  | {
      readonly kind: 'createTableLike';
      readonly table: TableName;
      readonly like: TableName;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'dropTable'; readonly tables: readonly TableName[]; readonly ifExists: boolean }
  | { readonly kind: 'truncateTable'; readonly table: TableName }
  | { readonly kind: 'cancelAlter'; readonly table: TableName }
  | { readonly kind: 'alterTable'; readonly table: TableName; readonly actions: readonly AlterAction[] }
  | {
      readonly kind: 'insert';
      readonly table: TableName;
      readonly label: string | undefined;
      readonly columns: readonly string[] | undefined;
      readonly source: InsertSource;
    }
  | { readonly kind: 'delete'; readonly table: TableName; readonly where: readonly Token[] }
  | { readonly kind: 'select'; readonly tokens: readonly Token[] }
  | { readonly kind: 'explain'; readonly text: string }
  | { readonly kind: 'show'; readonly topic: ShowTopic; readonly filter: ShowFilter }
  | { readonly kind: 'use'; readonly database: string }
  | { readonly kind: 'set'; readonly assignments: readonly Assignment[] }
  | { readonly kind: 'setPassword'; readonly user: string | undefined; readonly password: string }
  | {
      readonly kind: 'createUser';
      readonly user: string;
      readonly password: string;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'alterUser'; readonly user: string; readonly password: string | undefined }
  | { readonly kind: 'dropUser'; readonly user: string; readonly ifExists: boolean }
  | { readonly kind: 'grant'; readonly user: string; readonly text: string }
  | { readonly kind: 'setConfig'; readonly entries: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'kill'; readonly connectionId: number; readonly queryOnly: boolean }
  /** BEGIN, COMMIT, ROLLBACK, SYNC and the like: each statement is its own transaction here. */
  | { readonly kind: 'accepted' };

export interface CreateTable {
  readonly kind: 'createTable';
  readonly table: TableName;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnSpec[];
  /** Undefined: DUPLICATE, or AGGREGATE where a column has an aggregation. */
  readonly keys: TableKeys | undefined;
  readonly comment: string;
  readonly partitioning: string | undefined;
  readonly distribution: string;
  readonly properties: Readonly<Record<string, string>>;
}

export interface Assignment {
  readonly scope: 'session' | 'global' | 'user';
  readonly name: string;
  readonly value: string;
}
