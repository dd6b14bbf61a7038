import type { Chunk, ChunkSource } from './chunk-pool.js';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LAST_ASCII = 0x7f;

/** The next four bytes less 0x20 each: the top bit of a byte shows whether it was a control character. */
const FOUR_SPACES = 0x20202020;
const FOUR_TOP_BITS = 0x80808080 | 0;
const FOUR_ONES = 0x01010101;
const FOUR_QUOTES = 0x22222222;
const FOUR_BACKSLASHES = 0x5c5c5c5c;

/** Below this size a byte loop is the cheapest copy, above the second one memcpy is. */
const LOOP_COPY_BYTES = 16;
const NATIVE_COPY_BYTES = 512;

const SHORT_TEXT = 4_096;

interface SealedChunk {
  readonly chunk: Chunk;
  readonly usedBytes: number;
}

/** A place between two rows to come back to: see `RowBuffer.mark`. */
export interface RowMark {
  readonly sealedChunks: number;
  readonly sealedBytes: number;
  readonly rowStart: number;
  readonly rows: number;
}

/**
 * The body of a load: rows, each ended by a newline, in pooled chunks.
 *
 * A row is appended whole (`appendLine`, `tryAppendLine`, ...) or written piece by piece (`write...`, then `endRow`). It
 * never crosses from one chunk into the next. Only ended rows count and are visible.
 */
export class RowBuffer {
  readonly #pool: ChunkSource;
  readonly #sealed: SealedChunk[] = [];
  #sealedBytes = 0;
  #chunk: Chunk | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #rowStart = 0;
  #position = 0;
  #rows = 0;
  #source: Buffer | undefined;
  #sourceView: DataView = this.#view;

  constructor(pool: ChunkSource) {
    this.#pool = pool;
  }

  /** Ended rows. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of all ended rows with their newlines: the Content-Length of the body. */
  get sizeBytes(): number {
    return this.#sealedBytes + this.#rowStart;
  }

  /** Appends the span as one row, as it is. */
  appendLine(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start + 1);
    this.writeBytes(source, start, end);
    this.endRow();
  }

  /** Appends the text as one row, in UTF-8. */
  appendText(text: string): void {
    // No character takes more than three bytes for each of its units; only long texts are worth being measured.
    this.#reserve((text.length <= SHORT_TEXT ? 3 * text.length : Buffer.byteLength(text)) + 1);
    this.#position += this.#bytes.write(text, this.#position);
    this.endRow();
  }

  /**
   * Appends the span as one row and returns true; if it holds a control character (a byte below 0x20: newline, tab,
   * NUL, ...), appends nothing and returns false. Copying and looking are one pass.
   */
  tryAppendLine(source: Buffer, start: number, end: number): boolean {
    this.#reserve(end - start + 1);
    if (this.#copyAndLook(source, start, end)) {
      this.#position = this.#rowStart;
      return false;
    }
    this.endRow();
    return true;
  }

  /** Appends the span as one row with every control character replaced by a space. In JSON they are white space. */
  appendFolded(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start + 1);
    const bytes = this.#bytes;
    let position = this.#position;
    for (let at = start; at < end; at++) {
      const byte = source[at] ?? SPACE;
      bytes[position++] = Math.max(byte, SPACE);
    }
    this.#position = position;
    this.endRow();
  }

  /** Appends the span as it is and counts its lines as rows; empty lines are not counted. Returns the rows. */
  appendLines(source: Buffer, start: number, end: number): number {
    const rowsBefore = this.#rows;
    this.writeBytes(source, start, end);
    this.#reserve(1);
    const last = this.#position;
    this.#bytes[last] = NEWLINE;
    // The newline just written bounds the search: indexOf never runs past the end of the row.
    for (let from = this.#rowStart, at = -1; at < last; from = at + 1) {
      at = this.#bytes.indexOf(NEWLINE, from);
      if (at > from) this.#rows++;
    }
    this.#position = this.#rowStart = last + 1;
    return this.#rows - rowsBefore;
  }

  /** Bytes that fit behind the last row before another chunk is taken. */
  get room(): number {
    return this.#bytes.length - this.#rowStart;
  }

  /** Appends `rows` rows, each with its newline, for which there is room. */
  appendRows(lines: Uint8Array, rows: number): void {
    this.#bytes.set(lines, this.#rowStart);
    this.#position = this.#rowStart += lines.length;
    this.#rows += rows;
  }

  /** Adds one byte to the row in progress. */
  writeByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#position++] = byte;
  }

  /** Adds all of `literal`, such as a quoted field name, to the row in progress. */
  writeLiteral(literal: Uint8Array): void {
    const length = literal.length;
    this.#reserve(length);
    const bytes = this.#bytes;
    const position = this.#position;
    for (let index = 0; index < length; index++) bytes[position + index] = literal[index] ?? 0;
    this.#position = position + length;
  }

  /** Adds the characters of an ASCII text, such as a number, to the row in progress. */
  writeAscii(text: string): void {
    const length = text.length;
    this.#reserve(length);
    const bytes = this.#bytes;
    const position = this.#position;
    for (let index = 0; index < length; index++) bytes[position + index] = text.charCodeAt(index);
    this.#position = position + length;
  }

  /** Adds a span of `source` to the row in progress. */
  writeBytes(source: Buffer, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    if (length < NATIVE_COPY_BYTES) {
      this.#copyAndLook(source, start, end);
    } else {
      this.#bytes.set(source.subarray(start, end), this.#position);
      this.#position += length;
    }
  }

  /**
   * Adds a span that is no more than plain characters of a JSON string to the row in progress and returns true; if it
   * holds a quote, a backslash, a control character or a byte that is not ASCII, adds nothing and returns false.
   * Copying and looking are one pass.
   */
  tryWritePlain(source: Buffer, start: number, end: number): boolean {
    this.#reserve(end - start);
    const bytes = this.#bytes;
    let to = this.#position;
    let from = start;
    if (end - start > LOOP_COPY_BYTES) {
      if (source !== this.#source) this.#openSource(source);
      const sourceView = this.#sourceView;
      const view = this.#view;
      let found = 0;
      for (const lastWord = end - 4; from <= lastWord; from += 4, to += 4) {
        const word = sourceView.getInt32(from, true);
        view.setInt32(to, word, true);
        const quotes = word ^ FOUR_QUOTES;
        const backslashes = word ^ FOUR_BACKSLASHES;
        // A byte that is 0 borrows and its top bit appears. Bytes above 0x7f are looked for anyway.
        found |= (word - FOUR_SPACES) | (quotes - FOUR_ONES) | (backslashes - FOUR_ONES) | word;
      }
      if ((found & FOUR_TOP_BITS) !== 0) return false;
    }
    for (; from < end; from++, to++) {
      const byte = source[from] ?? 0;
      if (byte < SPACE || byte > LAST_ASCII || byte === QUOTE || byte === BACKSLASH) return false;
      bytes[to] = byte;
    }
    this.#position = to;
    return true;
  }

  /** Ends the row in progress: from now on it counts. */
  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#position++] = NEWLINE;
    this.#rowStart = this.#position;
    this.#rows++;
  }

  /** Ends the row in progress with another delimiter than a newline. */
  endDelimitedRow(delimiter: Uint8Array): void {
    this.writeLiteral(delimiter);
    this.#rowStart = this.#position;
    this.#rows++;
  }

  /** Forgets the row in progress. */
  discardRow(): void {
    this.#position = this.#rowStart;
  }

  /** The present end of the buffer. A row in progress is not part of it. */
  mark(): RowMark {
    return {
      sealedChunks: this.#sealed.length,
      sealedBytes: this.#sealedBytes,
      rowStart: this.#rowStart,
      rows: this.#rows,
    };
  }

  /** Goes back to a mark: the rows since, and the row in progress, are gone. Marks taken later are void. */
  reset(mark: RowMark): void {
    while (this.#sealed.length > mark.sealedChunks) {
      const last = this.#sealed.pop();
      if (last !== undefined) this.#use(last.chunk);
    }
    this.#sealedBytes = mark.sealedBytes;
    this.#position = this.#rowStart = mark.rowStart;
    this.#rows = mark.rows;
  }

  /** The ended rows, in order, not copied: valid until the buffer is written to, reset or released. */
  chunks(): Buffer[] {
    const chunks = this.#sealed.map(({ chunk, usedBytes }) => chunk.bytes.subarray(0, usedBytes));
    if (this.#rowStart > 0) chunks.push(this.#bytes.subarray(0, this.#rowStart));
    return chunks;
  }

  /** Empties the buffer and returns its memory to the pool. Call it when nothing reads `chunks()` any more. */
  release(): void {
    for (const { chunk } of this.#sealed) this.#pool.give(chunk);
    this.#sealed.length = 0;
    if (this.#chunk !== undefined) this.#pool.give(this.#chunk);
    this.#chunk = undefined;
    this.#bytes = Buffer.alloc(0);
    this.#view = new DataView(new ArrayBuffer(0));
    this.#source = undefined;
    this.#sourceView = this.#view;
    this.#sealedBytes = this.#rowStart = this.#position = this.#rows = 0;
  }

  /** Copies the span, for which there is room, to the row in progress. True when it holds a byte below 0x20. */
  #copyAndLook(source: Buffer, start: number, end: number): boolean {
    const bytes = this.#bytes;
    let to = this.#position;
    let from = start;
    let found = 0;
    if (end - start > LOOP_COPY_BYTES) {
      if (source !== this.#source) this.#openSource(source);
      const sourceView = this.#sourceView;
      const view = this.#view;
      for (const lastWord = end - 4; from <= lastWord; from += 4, to += 4) {
        const word = sourceView.getInt32(from, true);
        view.setInt32(to, word, true);
        // A byte below 0x20 borrows and its top bit appears; one above 0x7f is masked out again.
        found |= (word - FOUR_SPACES) & ~word;
      }
      found &= FOUR_TOP_BITS;
    }
    for (; from < end; from++, to++) {
      const byte = source[from] ?? 0;
      bytes[to] = byte;
      if (byte < SPACE) found = 1;
    }
    this.#position = to;
    return found !== 0;
  }

  /** Records come by the thousand from one fetched buffer: its view is made once. */
  #openSource(source: Buffer): void {
    this.#source = source;
    this.#sourceView = new DataView(source.buffer, source.byteOffset, source.length);
  }

  #reserve(sizeBytes: number): void {
    if (this.#position + sizeBytes > this.#bytes.length) this.#nextChunk(sizeBytes);
  }

  /** Seals the chunk after its last ended row and moves the row in progress to a new one. */
  #nextChunk(sizeBytes: number): void {
    const startedBytes = this.#position - this.#rowStart;
    const neededBytes = startedBytes + sizeBytes;
    // A row that outgrows whole chunks has its room doubled, so that it is moved a few times only.
    const next = this.#pool.take(startedBytes >= this.#pool.chunkSizeBytes ? 2 * neededBytes : neededBytes);
    this.#bytes.copy(next.bytes, 0, this.#rowStart, this.#position);
    if (this.#chunk !== undefined && this.#rowStart > 0) {
      this.#sealed.push({ chunk: this.#chunk, usedBytes: this.#rowStart });
      this.#sealedBytes += this.#rowStart;
      this.#chunk = undefined;
    }
    this.#use(next);
    this.#rowStart = 0;
    this.#position = startedBytes;
  }

  /** Makes `chunk` the one that is written to; the one it replaces goes back to the pool. */
  #use(chunk: Chunk): void {
    if (this.#chunk !== undefined) this.#pool.give(this.#chunk);
    this.#chunk = chunk;
    this.#bytes = chunk.bytes;
    this.#view = chunk.view;
  }
}
