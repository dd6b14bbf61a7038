/** ARRAY, MAP and STRUCT values: read from JSON text, printed as Doris prints them. */
import { type Converter, Rejection, UNCONVERTIBLE } from './conversion.js';
import { type JsonNode, parseJson } from './json.js';
import type { ColumnType } from './model.js';

type ScalarConverters = (type: ColumnType) => Converter;
type Printer = (node: JsonNode) => string | typeof UNCONVERTIBLE;

const QUOTED = new Set(['CHAR', 'VARCHAR', 'STRING', 'DATE', 'DATETIME', 'IPV4', 'IPV6']);

/** `["a", "b"]`, `{"k":1, "l":null}`: an element that does not convert is null, a value of another kind does not convert. */
export function nestedConverter(type: ColumnType, converters: ScalarConverters): Converter {
  const print = printerOf(type, converters);
  return (text) => {
    let node: JsonNode;
    try {
      node = parseJson(text);
    } catch {
      return UNCONVERTIBLE;
    }
    return print(node);
  };
}

function printerOf(type: ColumnType, converters: ScalarConverters): Printer {
  switch (type.base) {
    case 'ARRAY':
      return arrayPrinter(type.element ?? { base: 'STRING' }, converters);
    case 'MAP':
      return mapPrinter(type.key ?? { base: 'STRING' }, type.value ?? { base: 'STRING' }, converters);
    case 'STRUCT':
      return structPrinter(type.fields ?? [], converters);
    default:
      return scalarPrinter(type, converters);
  }
}

function orNull(print: Printer, node: JsonNode): string {
  if (node.kind === 'null') return 'null';
  const printed = print(node);
  return printed === UNCONVERTIBLE ? 'null' : printed;
}

function arrayPrinter(element: ColumnType, converters: ScalarConverters): Printer {
  const print = printerOf(element, converters);
  return (node) =>
    node.kind === 'array' ? `[${node.items.map((item) => orNull(print, item)).join(', ')}]` : UNCONVERTIBLE;
}

function mapPrinter(key: ColumnType, value: ColumnType, converters: ScalarConverters): Printer {
  const printKey = printerOf(key, converters);
  const printValue = printerOf(value, converters);
  return (node) => {
    if (node.kind !== 'object') return UNCONVERTIBLE;
    const entries = node.members.map(
      ([name, member]) => `${orNull(printKey, { kind: 'string', value: name })}:${orNull(printValue, member)}`,
    );
    return `{${entries.join(', ')}}`;
  };
}

function structPrinter(fields: NonNullable<ColumnType['fields']>, converters: ScalarConverters): Printer {
  const printers = fields.map(({ name, type }) => ({ name, print: printerOf(type, converters) }));
  return (node) => {
    if (node.kind !== 'object') return UNCONVERTIBLE;
    const members = new Map(node.members);
    const printed = printers.map(
      ({ name, print }) => `${JSON.stringify(name)}:${orNull(print, members.get(name) ?? { kind: 'null' })}`,
    );
    return `{${printed.join(', ')}}`;
  };
}

function scalarPrinter(type: ColumnType, converters: ScalarConverters): Printer {
  const convert = converters(type);
  return (node) => {
    const converted = convert(sourceText(node));
    if (converted === null || converted === UNCONVERTIBLE || converted instanceof Rejection) return UNCONVERTIBLE;
    if (typeof converted === 'boolean') return converted ? '1' : '0';
    return QUOTED.has(type.base) ? JSON.stringify(converted) : String(converted);
  };
}

/** The text that a JSON value is cast from; booleans are 1 and 0, as in Doris' JSON reader. */
function sourceText(node: JsonNode): string {
  switch (node.kind) {
    case 'null':
      return '';
    case 'boolean':
      return node.value ? '1' : '0';
    case 'string':
      return node.value;
    default:
      return node.text;
  }
}
