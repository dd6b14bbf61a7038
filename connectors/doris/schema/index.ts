/**
 * Tables of Doris for the records of a topic: which columns a record's schema asks for, and the DDL that makes a table
 * of them or brings one that exists up to date. Pure functions; whoever holds a connection executes the statements.
 */

export { type ColumnType, formatColumnType, parseColumnType } from './column-type.js';
export { type ColumnSource, columnsOf, type TableColumn } from './columns.js';
export { columnTypeOf } from './field-type.js';
export { DECIMAL_HANDLING_MODES, type EventModes, fieldsOfTable, TIME_PRECISION_MODES } from './fields-of-table.js';
export { type PresentColumn, planSchemaChange, type SchemaChange, type TypeConflict, widenedType } from './plan.js';
export {
  addColumnsStatement,
  createTableStatement,
  dropColumnsStatement,
  modifyColumnsStatement,
  renameColumnStatement,
} from './statements.js';
