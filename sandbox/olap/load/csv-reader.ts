/** Rows out of CSV: separators of any length, quotes and escapes where asked for. */
import type { LoadOptions } from './options.js';
import type { RowReader, RowSink, SourceRow } from './source.js';

const NULL_TEXT = '\\N';

/** @param columnCount how many fields a row must have */
export function createCsvReader(columnCount: number, options: LoadOptions): RowReader {
  return new CsvReader(columnCount, options);
}

class CsvReader implements RowReader {
  /** A line delimiter inside of quotes is no end of a row, so that quoted bodies are not cut. */
  readonly wholeBody: boolean;
  private linesToSkip: number;

  constructor(
    private readonly columnCount: number,
    private readonly options: LoadOptions,
  ) {
    this.wholeBody = options.enclose !== undefined;
    this.linesToSkip = options.skipLines;
  }

  read(text: string, sink: RowSink): void {
    for (let start = 0; start < text.length; ) {
      const end = this.endOfRow(text, start);
      const line = text.slice(start, end);
      start = end + this.options.lineDelimiter.length;
      if (this.linesToSkip > 0) this.linesToSkip--;
      else this.row(this.options.lineDelimiter === '\n' && line.endsWith('\r') ? line.slice(0, -1) : line, sink);
    }
  }

  private endOfRow(text: string, start: number): number {
    const { lineDelimiter, enclose, escape: escaping, columnSeparator } = this.options;
    const simple = text.indexOf(lineDelimiter, start);
    const end = simple < 0 ? text.length : simple;
    if (enclose === undefined) return end;
    let quoted = false;
    let fieldStart = true;
    for (let index = start; index < text.length; index++) {
      if (quoted && (text[index] === escaping || text.startsWith(enclose + enclose, index))) index++;
      else if (text[index] === enclose && (quoted || fieldStart)) quoted = !quoted;
      else if (!quoted && text.startsWith(lineDelimiter, index)) return index;
      fieldStart = !quoted && text.startsWith(columnSeparator, index + 1 - columnSeparator.length);
    }
    return text.length;
  }

  private row(line: string, sink: RowSink): void {
    if (line === '' && this.columnCount > 1) {
      sink.reject(this.wrongCount(1), line);
      return;
    }
    const fields = this.options.enclose === undefined ? line.split(this.options.columnSeparator) : this.unquote(line);
    if (fields.length !== this.columnCount) sink.reject(this.wrongCount(fields.length), line);
    else {
      const values = fields.map((field) => this.value(field));
      sink.row(values, line, 0, line.length);
    }
  }

  private value(field: string): SourceRow[number] {
    if (field === NULL_TEXT || (field === '' && this.options.emptyFieldAsNull)) return null;
    const quoted = this.options.trimDoubleQuotes && field.length > 1 && field.startsWith('"') && field.endsWith('"');
    return quoted ? field.slice(1, -1) : field;
  }

  private unquote(line: string): string[] {
    const { enclose = '', escape: escaping, columnSeparator } = this.options;
    const fields: string[] = [];
    for (let index = 0; index <= line.length; ) {
      let field = '';
      if (line.startsWith(enclose, index)) {
        for (index++; index < line.length; index++) {
          // A quote of the value is escaped, or doubled.
          const literal = line[index] === escaping || line.startsWith(enclose + enclose, index);
          if (literal) index++;
          else if (line[index] === enclose) break;
          field += line[index] ?? '';
        }
        index++;
      }
      const separator = line.indexOf(columnSeparator, index);
      const end = separator < 0 ? line.length : separator;
      fields.push(field + line.slice(index, end));
      if (separator < 0) break;
      index = end + columnSeparator.length;
    }
    return fields;
  }

  /** be/src/vec/exec/format/csv/csv_reader.cpp */
  private wrongCount(actual: number): string {
    const { columnSeparator, lineDelimiter } = this.options;
    return (
      `actual column number in csv file is ${actual < this.columnCount ? 'less' : 'more'} than schema column number.` +
      `actual number: ${actual}, schema column number: ${this.columnCount}; ` +
      `line delimiter: [${JSON.stringify(lineDelimiter).slice(1, -1)}], ` +
      `column separator: [${JSON.stringify(columnSeparator).slice(1, -1)}], `
    );
  }
}
