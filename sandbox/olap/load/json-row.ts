/** One flat JSON object as a row: the hot path of JSON loads. */
import { CLOSE_BRACE, COLON, COMMA, type JsonScanner, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json.js';
import type { SourceRow } from './source.js';

const NOT_A_COLUMN = -1;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;

interface Guess {
  /** `"name":` */
  readonly token: string;
  readonly slot: number;
}

/**
 * Reads objects whose members are columns. Rows mostly have their members in the same order, so that the next name is
 * guessed from the row before and compared, not parsed. The first of equal names counts, as in Doris.
 */
export class JsonRowParser {
  private readonly slots: ReadonlyMap<string, number>;
  private readonly guesses: Guess[] = [];

  constructor(columns: readonly string[]) {
    this.slots = new Map(columns.map((name, index) => [name, index]));
  }

  /** Fills `fields`; throws JsonSyntaxError. The scanner stands before the object. */
  parse(scanner: JsonScanner, fields: SourceRow): void {
    fields.fill(undefined);
    scanner.expect(OPEN_BRACE);
    if (scanner.peek() === CLOSE_BRACE) {
      scanner.position++;
      return;
    }
    for (let member = 0; ; member++) {
      const slot = this.readName(scanner, member);
      const value = readField(scanner);
      if (slot !== NOT_A_COLUMN && fields[slot] === undefined) fields[slot] = value;
      const next = scanner.peek();
      scanner.position++;
      if (next === CLOSE_BRACE) return;
      if (next !== COMMA) {
        scanner.position--;
        throw scanner.fail("expected ',' or '}'");
      }
    }
  }

  private readName(scanner: JsonScanner, member: number): number {
    if (scanner.peek() !== QUOTE) throw scanner.fail('expected a member name');
    const guess = this.guesses[member];
    if (guess !== undefined && scanner.text.startsWith(guess.token, scanner.position)) {
      scanner.position += guess.token.length;
      return guess.slot;
    }
    const start = scanner.position;
    const name = scanner.readString();
    scanner.expect(COLON);
    const slot = this.slots.get(name) ?? NOT_A_COLUMN;
    this.guesses[member] = { token: scanner.text.substring(start, scanner.position), slot };
    return slot;
  }
}

/** The text a column is cast from: booleans are 1 and 0, nested values their source text (Doris' JSON reader). */
function readField(scanner: JsonScanner): string | null {
  switch (scanner.peek()) {
    case QUOTE:
      return scanner.readString();
    case LOWER_T:
      scanner.readLiteral('true');
      return '1';
    case LOWER_F:
      scanner.readLiteral('false');
      return '0';
    case LOWER_N:
      scanner.readLiteral('null');
      return null;
    case OPEN_BRACE:
    case OPEN_BRACKET: {
      const start = scanner.position;
      scanner.skipValue();
      return scanner.text.substring(start, scanner.position);
    }
    default:
      return scanner.readNumber();
  }
}
