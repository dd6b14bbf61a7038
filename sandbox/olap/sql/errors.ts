/** The database's errors by number. Numbers and SQL states: MySQL's, as ErrorCode.java of Doris keeps them. */

import { DatabaseError } from '../model.js';
import type { SqlDialect } from './context.js';

export function unknownDatabase(dialect: SqlDialect, name: string): DatabaseError {
  return new DatabaseError(dialect.detail(`Unknown database '${name}'`), 1049, '42000');
}

export function noDatabase(dialect: SqlDialect): DatabaseError {
  return new DatabaseError(dialect.detail('No database selected'), 1046, '3D000');
}

export function unknownTable(dialect: SqlDialect, name: string): DatabaseError {
  return new DatabaseError(dialect.detail(`Unknown table '${name}'`), 1146, '42S02');
}

/** DROP TABLE has a number of its own. */
export function unknownTableToDrop(dialect: SqlDialect, name: string): DatabaseError {
  return new DatabaseError(dialect.detail(`Unknown table '${name}'`), 1051, '42S02');
}

export function unknownColumn(dialect: SqlDialect, name: string, place: string): DatabaseError {
  return new DatabaseError(dialect.detail(`Unknown column '${name}' in '${place}'`), 1054, '42S22');
}

export function unknownVariable(name: string): DatabaseError {
  return new DatabaseError(`Unknown system variable '${name}'`, 1193, 'HY000');
}

export function ddlError(dialect: SqlDialect, sentence: string): DatabaseError {
  return new DatabaseError(dialect.detail(sentence));
}
