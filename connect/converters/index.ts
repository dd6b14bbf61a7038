/**
 * Converters: from the bytes of a record's value to rows of a load body.
 *
 * Connect's StringConverter and JsonConverter, compiled once per configuration (and per schema) into a `RowEncoder`
 * that writes bytes from bytes. What Connect does to a value and what the Java connector then makes of it are one step.
 */

export {
  type CsvLayout,
  createCsvRowWriter,
  delimiting,
  eachLine,
  memberText,
  type RowWriter,
  rewriting,
} from './csv-rows.js';
export {
  createRowEncoder,
  type RowEncoder,
  type RowEncoderOptions,
  type ValueConverterOptions,
} from './row-encoder.js';
