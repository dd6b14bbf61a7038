/**
 * The database's errors by number; the session puts them into the product's own words. Numbers and SQL states are
 * MySQL's, as ErrorCode.java of Doris keeps them.
 */

import { DatabaseError } from '../model.js';

export function unknownDatabase(name: string): DatabaseError {
  return new DatabaseError(`Unknown database '${name}'`, 1049, '42000');
}

export function noDatabase(): DatabaseError {
  return new DatabaseError('No database selected', 1046, '3D000');
}

export function unknownTable(name: string): DatabaseError {
  return new DatabaseError(`Unknown table '${name}'`, 1146, '42S02');
}

/** DROP TABLE has a number of its own. */
export function unknownTableToDrop(name: string): DatabaseError {
  return new DatabaseError(`Unknown table '${name}'`, 1051, '42S02');
}

export function unknownColumn(name: string, place: string): DatabaseError {
  return new DatabaseError(`Unknown column '${name}' in '${place}'`, 1054, '42S22');
}

export function unknownVariable(name: string): DatabaseError {
  return new DatabaseError(`Unknown system variable '${name}'`, 1193, 'HY000');
}

export function unknownTimeZone(name: string): DatabaseError {
  return new DatabaseError(`Unknown or incorrect time zone: '${name}'`, 1298, 'HY000');
}

export function ddlError(sentence: string): DatabaseError {
  return new DatabaseError(sentence);
}
