/** Functions that MySQL and Doris spell otherwise than DuckDB. Arguments come translated. */

import { quoteLiteral } from '../types.js';

export type FunctionTranslation = (args: readonly string[]) => string;

const arg = (args: readonly string[], index: number, otherwise = 'NULL'): string => args[index] ?? otherwise;

function renamed(name: string): FunctionTranslation {
  return (args) => `${name}(${args.join(', ')})`;
}

const timestamp = (value: string): string => `CAST(${value} AS TIMESTAMP)`;
const text = (value: string): string => `CAST(${value} AS VARCHAR)`;

/** MySQL's functions of text take numbers as well. */
function ofText(name: string): FunctionTranslation {
  return ([first = 'NULL', ...more]) => `${name}(${[text(first), ...more].join(', ')})`;
}

/** `INTERVAL (n) DAY` as it is; a bare number counts days. */
function shifted(operator: '+' | '-'): FunctionTranslation {
  return (args) => {
    const amount = arg(args, 1);
    const interval = amount.startsWith('INTERVAL') ? amount : `INTERVAL (${amount}) DAY`;
    return `(${timestamp(arg(args, 0))} ${operator} ${interval})`;
  };
}

/** Format letters of DATE_FORMAT as strftime knows them; letters that are not here mean the same in both. */
const DATE_FORMATS: Readonly<Record<string, string>> = {
  i: '%M',
  s: '%S',
  M: '%B',
  W: '%A',
  T: '%H:%M:%S',
  h: '%I',
  e: '%-d',
  c: '%-m',
  k: '%-H',
  l: '%-I',
  r: '%I:%M:%S %p',
};

/** @param format a DuckDB string literal */
function dateFormat(format: string): string {
  return format.replace(/%(.)/g, (whole, letter: string) => DATE_FORMATS[letter] ?? whole);
}

export const FUNCTIONS: Readonly<Record<string, FunctionTranslation>> = {
  IFNULL: renamed('coalesce'),
  NVL: renamed('coalesce'),
  IF: (args) => `CASE WHEN ${arg(args, 0)} THEN ${arg(args, 1)} ELSE ${arg(args, 2)} END`,
  CONCAT: (args) => `(${args.map(text).join(' || ')})`,
  LENGTH: (args) => `strlen(${text(arg(args, 0))})`,
  OCTET_LENGTH: (args) => `strlen(${text(arg(args, 0))})`,
  CHAR_LENGTH: (args) => `length(${text(arg(args, 0))})`,
  CHARACTER_LENGTH: (args) => `length(${text(arg(args, 0))})`,
  LOCATE: (args) => `instr(${text(arg(args, 1))}, ${text(arg(args, 0))})`,
  INSTR: ofText('instr'),
  LOWER: ofText('lower'),
  LCASE: ofText('lower'),
  UPPER: ofText('upper'),
  UCASE: ofText('upper'),
  SUBSTR: ofText('substr'),
  SUBSTRING: ofText('substr'),
  MID: ofText('substr'),
  LEFT: ofText('left'),
  RIGHT: ofText('right'),
  REPLACE: ofText('replace'),
  RAND: () => 'random()',
  MOD: (args) => `(${arg(args, 0)} % ${arg(args, 1)})`,
  TRUNCATE: (args) => `(trunc(${arg(args, 0)} * 10 ** ${arg(args, 1, '0')}) / 10 ** ${arg(args, 1, '0')})`,
  NDV: renamed('approx_count_distinct'),
  SIZE: renamed('json_array_length'),
  CARDINALITY: renamed('json_array_length'),
  ARRAY_SIZE: renamed('json_array_length'),
  GET_JSON_STRING: renamed('json_extract_string'),
  GET_JSON_INT: (args) => `CAST(json_extract_string(${args.join(', ')}) AS BIGINT)`,
  GET_JSON_DOUBLE: (args) => `CAST(json_extract_string(${args.join(', ')}) AS DOUBLE)`,
  DATE: (args) => `CAST(${arg(args, 0)} AS DATE)`,
  TO_DATE: (args) => `CAST(${arg(args, 0)} AS DATE)`,
  DATE_FORMAT: (args) => `strftime(${timestamp(arg(args, 0))}, ${dateFormat(arg(args, 1))})`,
  STR_TO_DATE: (args) => `strptime(${arg(args, 0)}, ${dateFormat(arg(args, 1))})`,
  DATE_ADD: shifted('+'),
  ADDDATE: shifted('+'),
  DAYS_ADD: shifted('+'),
  DATE_SUB: shifted('-'),
  SUBDATE: shifted('-'),
  DAYS_SUB: shifted('-'),
  DATEDIFF: (args) => `date_diff('day', CAST(${arg(args, 1)} AS DATE), CAST(${arg(args, 0)} AS DATE))`,
  TIMESTAMPDIFF: (args) =>
    `date_sub(${quoteLiteral(arg(args, 0))}, ${timestamp(arg(args, 1))}, ${timestamp(arg(args, 2))})`,
  DAYOFWEEK: (args) => `(dayofweek(${timestamp(arg(args, 0))}) + 1)`,
  FROM_UNIXTIME: (args) => {
    const moment = `CAST(to_timestamp(${arg(args, 0)}) AS TIMESTAMP_S)`;
    return args[1] === undefined ? moment : `strftime(${moment}, ${dateFormat(args[1])})`;
  },
  UNIX_TIMESTAMP: (args) =>
    `CAST(epoch(${args[0] === undefined ? 'now()' : `CAST(${timestamp(args[0])} AS TIMESTAMPTZ)`}) AS BIGINT)`,
};
