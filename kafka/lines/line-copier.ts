import type { LineRules, Lines } from '../../connect/rows/index.js';
import type { RecordWindow } from '../protocol/scan-records.js';
import { COPY_LINES_WASM } from './generated.js';

/** The state of a walk lies at address 0, as assembly/copy-lines.ts has it: five 32-bit integers. */
const STATE_WORDS = 5;
const INPUT_AT = 64;
/** Beyond the records the walk may read a few bytes, of whatever is there. */
const INPUT_SLACK_BYTES = 64;
/** Batches that unpack to more than this are not taken: the memory would be kept for good. */
const MAX_INPUT_BYTES = 16 << 20;
/** So much is copied at once. */
const OUTPUT_BYTES = 1 << 20;
const PAGE_BYTES = 64 << 10;
const INT32_LIMIT = 2 ** 31;

const RULES: Readonly<Record<LineRules, number>> = { text: 0, 'json-objects': 1 };

/** What of WebAssembly is used here: its types belong to browsers' libraries, which Node has no part of. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** @returns 0 at the end of the batch or of the range, 1 before a record that is left to others */
  copyLines(
    input: number,
    size: number,
    count: number,
    baseDelta: number,
    first: number,
    end: number,
    output: number,
    room: number,
    rules: number,
  ): number;
}

/**
 * Copies the values of one record batch at a time. There is one copier in a process: a batch is opened and walked to its
 * end within one synchronous call of the reader.
 */
export class LineCopier {
  static #shared: LineCopier | undefined;

  readonly #exports: Exports;
  #state = new Uint32Array(0);
  #bytes: Buffer = Buffer.alloc(0);
  #inputBytes = 0;
  #outputAt = 0;
  #rules = 0;

  private constructor() {
    const module = new WebAssembly.Module(Buffer.from(COPY_LINES_WASM, 'base64'));
    this.#exports = new WebAssembly.Instance(module).exports as Exports;
    this.#reserve(OUTPUT_BYTES);
  }

  /** Undefined for a batch that has to be visited record by record. */
  static open(records: Buffer, { to, baseDelta }: RecordWindow, rules: LineRules): LineCopier | undefined {
    if (records.length > MAX_INPUT_BYTES || to >= INT32_LIMIT || Math.abs(baseDelta) >= INT32_LIMIT / 2) {
      return undefined;
    }
    LineCopier.#shared ??= new LineCopier();
    LineCopier.#shared.#open(records, RULES[rules]);
    return LineCopier.#shared;
  }

  /** Copies lines from where the window stands, at most `room` bytes of them, and moves the window on. */
  copy(window: RecordWindow, room: number): Lines {
    const { count, baseDelta, from, to } = window;
    this.#state.set([window.position, window.index, 0, 0, 0]);
    const output = this.#outputAt;
    const most = Math.min(OUTPUT_BYTES, Math.max(0, room));
    this.#exports.copyLines(INPUT_AT, this.#inputBytes, count, baseDelta, from, to, output, most, this.#rules);
    const [position = 0, index = 0, sizeBytes = 0, rows = 0, nextDelta = 0] = this.#state;
    window.position = position;
    window.index = index;
    return { lines: this.#bytes.subarray(output, output + sizeBytes), count: rows, nextDelta };
  }

  #open(records: Buffer, rules: number): void {
    this.#reserve(records.length);
    this.#bytes.set(records, INPUT_AT);
    this.#inputBytes = records.length;
    this.#rules = rules;
  }

  #reserve(inputBytes: number): void {
    const outputAt = INPUT_AT + inputBytes + INPUT_SLACK_BYTES;
    if (outputAt <= this.#outputAt) return;
    const { memory } = this.#exports;
    const missing = outputAt + OUTPUT_BYTES - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#outputAt = outputAt;
    this.#bytes = Buffer.from(memory.buffer);
    this.#state = new Uint32Array(memory.buffer, 0, STATE_WORDS);
  }
}
