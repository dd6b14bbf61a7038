/** How lines of CSV are made for Stream Load, as `sink.properties.*` describe them to the server. */
import type { CsvLayout } from '../../../connect/converters/index.js';

type Properties = Readonly<Record<string, string>>;

/** `\x01` (also `\\x01`) in hexadecimal, `\t`, `\n`, `\r`, or the characters themselves: as Doris reads them. */
export function readSeparator(text: string): Buffer {
  const hex = /^\\{1,2}x((?:[0-9a-f]{2})+)$/i.exec(text)?.[1];
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  return Buffer.from(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n').replaceAll('\\r', '\r'));
}

/** The source columns that `columns` names, in order: without those that are computed from others. */
export function sourceColumns(columns: string): string[] {
  const items = columns.match(/(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|'[^']*'|"[^"]*"|`[^`]*`|[^,('"`])+/g) ?? [];
  const names = items.map((item) => item.trim()).filter((item) => /^(`[^`]+`|[^\s=`()]+)$/.test(item));
  return names.map((name) => name.replaceAll('`', ''));
}

export function lineDelimiterOf(properties: Properties): Buffer {
  return readSeparator(properties.line_delimiter || '\n');
}

/** Undefined where `columns` does not say which fields a line has. */
export function csvLayout(properties: Properties): CsvLayout | undefined {
  const columns = sourceColumns(properties.columns ?? '');
  if (columns.length === 0) return undefined;
  const { enclose = '' } = properties;
  return {
    columns,
    columnSeparator: readSeparator(properties.column_separator || '\t'),
    lineDelimiter: lineDelimiterOf(properties),
    ...(enclose === '' ? {} : { enclose, escape: properties.escape || DEFAULT_ESCAPE }),
  };
}

/** Sent aloud with `enclose`: what a server takes for the default differs between versions. */
export const DEFAULT_ESCAPE = '\\';
