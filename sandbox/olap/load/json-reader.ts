/** Rows out of JSON: by line or from one document, flat objects or through `json_root` and `jsonpaths`. */
import {
  CLOSE_BRACKET,
  COMMA,
  type JsonNode,
  JsonScanner,
  JsonSyntaxError,
  OPEN_BRACE,
  OPEN_BRACKET,
  printJson,
} from '../json.js';
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
    try {
      const reason = this.rowsOf(sink, start);
      if (reason !== undefined) sink.reject(reason, scanner.text.substring(start, scanner.end));
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      const reason = `Parse json data for JsonDoc failed. error info: ${error.message}`;
      sink.reject(reason, scanner.text.substring(start, scanner.end));
    }
  }

  /** @returns why the document as a whole is refused */
  private rowsOf(sink: RowSink, start: number): string | undefined {
    const { scanner } = this;
    if (this.root !== undefined || this.paths !== undefined) return this.throughPaths(sink);
    const first = scanner.peek();
    if (first === OPEN_BRACE && !this.options.stripOuterArray) {
      this.rows.parse(scanner, this.fields);
      scanner.expectEnd();
      sink.row(this.fields, scanner.text, start, scanner.end);
      return undefined;
    }
    if (first === OPEN_BRACKET && this.options.stripOuterArray) return this.elements(sink);
    scanner.skipValue();
    scanner.expectEnd();
    if (first === OPEN_BRACKET) return ARRAY_NOT_EXPECTED;
    return first === OPEN_BRACE ? ARRAY_EXPECTED : NOT_AN_OBJECT;
  }

  private elements(sink: RowSink): undefined {
    const { scanner } = this;
    scanner.expect(OPEN_BRACKET);
    for (let next = scanner.peek(); next !== CLOSE_BRACKET; next = scanner.peek()) {
      const start = scanner.position;
      if (next === OPEN_BRACE) {
        this.rows.parse(scanner, this.fields);
        sink.row(this.fields, scanner.text, start, scanner.position);
      } else {
        scanner.skipValue();
        sink.reject(NOT_AN_OBJECT, scanner.text.substring(start, scanner.position));
      }
      if (scanner.peek() !== COMMA) break;
      scanner.position++;
    }
    scanner.expect(CLOSE_BRACKET);
    scanner.expectEnd();
  }

  private throughPaths(sink: RowSink): string | undefined {
    const document = this.scanner.readValue();
    this.scanner.expectEnd();
    const root = this.root === undefined ? document : nodeAt(document, this.root);
    if (root === undefined) return 'JSON Root not found.';
    if ((root.kind === 'array') !== this.options.stripOuterArray) {
      return root.kind === 'array' ? ARRAY_NOT_EXPECTED : ARRAY_EXPECTED;
    }
    for (const row of root.kind === 'array' ? root.items : [root]) this.nodeRow(row, sink);
    return undefined;
  }

  private nodeRow(row: JsonNode, sink: RowSink): void {
    const text = printJson(row);
    if (this.paths !== undefined) {
      const fields = this.paths.map((path) => fieldText(nodeAt(row, path)));
      sink.row(fields, text, 0, text.length);
    } else if (row.kind === 'object') {
      this.rows.parse(new JsonScanner(row.text), this.fields);
      sink.row(this.fields, text, 0, text.length);
    } else sink.reject(NOT_AN_OBJECT, text);
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
