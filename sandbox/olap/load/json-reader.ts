/** Rows out of JSON: by line or from one document, flat objects or through `json_root` and `jsonpaths`. */
import { CLOSE_BRACKET, COMMA, JsonScanner, JsonSyntaxError, OPEN_BRACE, OPEN_BRACKET } from '../json.js';
import { fieldText, type JsonPath, nodeAt, parseJsonPath } from './json-path.js';
import { JsonRowParser } from './json-row.js';
import type { LoadOptions } from './options.js';
import type { RowReader, RowSink, SourceRow } from './source.js';

/** Doris' own sentences, be/src/vec/exec/format/json/new_json_reader.cpp. */
const ARRAY_NOT_EXPECTED = 'JSON data is array-object, `strip_outer_array` must be TRUE.';
const ARRAY_EXPECTED = 'JSON data is not an array-object, `strip_outer_array` must be FALSE.';
const NOT_AN_OBJECT = 'Expect json object value';

/** @param columns the names of the source columns, in the order of the fields of a row */
export function createJsonReader(columns: readonly string[], options: LoadOptions): RowReader {
  return options.readJsonByLine ? new JsonLineReader(columns, options) : new JsonDocumentReader(columns, options);
}

/** Reads the rows of one document; the scanner stands before it and is bounded by it. */
class DocumentParser {
  readonly scanner = new JsonScanner();
  private readonly rows: JsonRowParser;
  private readonly fields: SourceRow;
  private readonly root: JsonPath | undefined;
  private readonly paths: readonly JsonPath[] | undefined;

  constructor(
    columns: readonly string[],
    private readonly options: LoadOptions,
  ) {
    this.rows = new JsonRowParser(columns);
    this.fields = columns.map(() => undefined);
    this.root = options.jsonRoot === undefined ? undefined : parseJsonPath(options.jsonRoot);
    this.paths = options.jsonPaths?.map(parseJsonPath);
  }

  /** Hands every row to the sink; a row that is no JSON ends the document. */
  parse(sink: RowSink): void {
    const { scanner } = this;
    const start = scanner.position;
    const line = (): string => scanner.text.substring(start, scanner.end);
    try {
      if (this.root !== undefined || this.paths !== undefined) this.throughPaths(sink, line);
      else if (scanner.peek() === OPEN_BRACKET) this.array(sink, line);
      else this.object(sink, line);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      sink.reject(`Parse json data for JsonDoc failed. error info: ${error.message}`, line());
    }
  }

  private object(sink: RowSink, line: () => string): void {
    if (this.scanner.peek() !== OPEN_BRACE) {
      this.scanner.skipValue();
      this.scanner.expectEnd();
      sink.reject(NOT_AN_OBJECT, line());
    } else if (this.options.stripOuterArray) {
      this.scanner.skipValue();
      this.scanner.expectEnd();
      sink.reject(ARRAY_EXPECTED, line());
    } else {
      this.rows.parse(this.scanner, this.fields);
      this.scanner.expectEnd();
      sink.row(this.fields, line);
    }
  }

  private array(sink: RowSink, line: () => string): void {
    const { scanner } = this;
    if (!this.options.stripOuterArray) {
      scanner.skipValue();
      scanner.expectEnd();
      sink.reject(ARRAY_NOT_EXPECTED, line());
      return;
    }
    scanner.expect(OPEN_BRACKET);
    for (let next = scanner.peek(); next !== CLOSE_BRACKET; next = scanner.peek()) {
      this.element(sink);
      if (scanner.peek() !== COMMA) break;
      scanner.position++;
    }
    scanner.expect(CLOSE_BRACKET);
    scanner.expectEnd();
  }

  private element(sink: RowSink): void {
    const { scanner } = this;
    const isObject = scanner.peek() === OPEN_BRACE;
    const start = scanner.position;
    const source = (): string => scanner.text.substring(start, scanner.position);
    if (isObject) {
      this.rows.parse(scanner, this.fields);
      sink.row(this.fields, source);
    } else {
      scanner.skipValue();
      sink.reject(NOT_AN_OBJECT, source());
    }
  }

  private throughPaths(sink: RowSink, line: () => string): void {
    const document = this.scanner.readValue();
    this.scanner.expectEnd();
    const root = this.root === undefined ? document : nodeAt(document, this.root);
    if (root === undefined) {
      sink.reject(`JSON Root not found.`, line());
      return;
    }
    if ((root.kind === 'array') !== this.options.stripOuterArray) {
      sink.reject(root.kind === 'array' ? ARRAY_NOT_EXPECTED : ARRAY_EXPECTED, line());
      return;
    }
    for (const row of root.kind === 'array' ? root.items : [root]) {
      const source = (): string => ('text' in row ? row.text : (fieldText(row) ?? 'null'));
      if (this.paths !== undefined) {
        sink.row(
          this.paths.map((path) => fieldText(nodeAt(row, path))),
          source,
        );
      } else if (row.kind === 'object') {
        const scanner = new JsonScanner(row.text);
        this.rows.parse(scanner, this.fields);
        sink.row(this.fields, source);
      } else sink.reject(NOT_AN_OBJECT, source());
    }
  }
}

/** `read_json_by_line`: a bad line filters that line only; empty lines are no rows. */
class JsonLineReader implements RowReader {
  readonly wholeBody = false;
  private readonly parser: DocumentParser;

  constructor(
    columns: readonly string[],
    private readonly options: LoadOptions,
  ) {
    this.parser = new DocumentParser(columns, options);
  }

  read(text: string, sink: RowSink): void {
    const { lineDelimiter } = this.options;
    const { scanner } = this.parser;
    for (let start = 0; start < text.length; ) {
      const found = text.indexOf(lineDelimiter, start);
      const end = found < 0 ? text.length : found;
      scanner.reset(text, start, end);
      if (scanner.peek() !== -1) this.parser.parse(sink);
      start = end + lineDelimiter.length;
    }
  }
}

/** The body is one document. */
class JsonDocumentReader implements RowReader {
  readonly wholeBody = true;
  private readonly parser: DocumentParser;

  constructor(columns: readonly string[], options: LoadOptions) {
    this.parser = new DocumentParser(columns, options);
  }

  read(text: string, sink: RowSink): void {
    this.parser.scanner.reset(text);
    if (this.parser.scanner.peek() !== -1) this.parser.parse(sink);
  }
}
