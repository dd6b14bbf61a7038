/** One running load: takes the bytes of the body as they come, stages the rows that fit, keeps the reasons of the others. */
import { isUtf8 } from 'node:buffer';
import type { LoadEngine } from '../engine.js';
import { createCsvReader } from './csv-reader.js';
import { createJsonReader } from './json-reader.js';
import type { LoadPlan } from './plan.js';
import { RowBuilder } from './row-builder.js';
import type { RowReader, RowSink, SourceRow } from './source.js';

export interface LoadCounts {
  totalRows: number;
  loadedRows: number;
  filteredRows: number;
  unselectedRows: number;
}

/** Lines are read in blocks of about this size: small enough not to hold up everything else in the process. */
const BLOCK_BYTES = 256 * 1024;
/** The error log of one load keeps so many lines. */
const MAX_ERROR_LINES = 1000;

export class LoadRun implements RowSink {
  readonly counts: LoadCounts = { totalRows: 0, loadedRows: 0, filteredRows: 0, unselectedRows: 0 };
  /** `Reason: …. src line [ … ]; ` as the BE's error log has them. */
  readonly errorLines: string[] = [];
  private readonly reader: RowReader;
  private readonly builder: RowBuilder;
  private readonly delimiter: Buffer;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  /** Rows that wait for computed columns. */
  private waiting: { fields: SourceRow; line: string }[] = [];

  constructor(
    private readonly engine: LoadEngine,
    readonly plan: LoadPlan,
  ) {
    const { options, source } = plan;
    this.reader =
      options.format === 'json' ? createJsonReader(source, options) : createCsvReader(source.length, options);
    this.builder = new RowBuilder(plan);
    this.delimiter = Buffer.from(options.lineDelimiter);
  }

  async write(bytes: Buffer): Promise<void> {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (this.reader.wholeBody || this.pendingBytes < BLOCK_BYTES) return;
    const block = this.takePending();
    const cut = block.lastIndexOf(this.delimiter);
    if (cut < 0) this.putBack(block);
    else {
      this.putBack(block.subarray(cut + this.delimiter.length));
      await this.read(block.subarray(0, cut));
    }
  }

  /** The body is complete. */
  async finish(): Promise<LoadCounts> {
    await this.read(this.takePending());
    this.plan.staged.seal();
    return this.counts;
  }

  /** True when more rows were filtered than `max_filter_ratio` allows. */
  get isOverFilterRatio(): boolean {
    const { loadedRows, filteredRows } = this.counts;
    return filteredRows > 0 && filteredRows / (filteredRows + loadedRows) > this.plan.options.maxFilterRatio;
  }

  row(fields: SourceRow, text: string, start: number, end: number): void {
    this.counts.totalRows++;
    if (this.plan.computation === undefined) this.add(fields, text, start, end);
    else this.waiting.push({ fields: [...fields], line: text.substring(start, end) });
  }

  reject(reason: string, line: string): void {
    this.counts.totalRows++;
    this.filter(reason, line);
  }

  private add(fields: SourceRow, text: string, start: number, end: number): void {
    const outcome = this.builder.add(fields);
    if (outcome === true) this.counts.loadedRows++;
    else this.filter(outcome, text.substring(start, end));
  }

  private filter(reason: string, line: string): void {
    this.counts.filteredRows++;
    if (this.errorLines.length < MAX_ERROR_LINES) this.errorLines.push(`Reason: ${reason}. src line [${line}]; `);
  }

  private async read(block: Buffer): Promise<void> {
    if (block.length === 0) return;
    if (isUtf8(block)) this.reader.read(block.toString('utf8'), this);
    else this.readLines(block);
    await this.compute();
  }

  /** A block with bytes that are no UTF-8: the lines that hold them are filtered, the others are read. */
  private readLines(block: Buffer): void {
    for (let start = 0; start < block.length; ) {
      const found = block.indexOf(this.delimiter, start);
      const end = found < 0 ? block.length : found;
      const line = block.subarray(start, end);
      if (isUtf8(line)) this.reader.read(line.toString('utf8'), this);
      else this.reject('Only support data in utf8 codec', line.toString('latin1'));
      start = end + this.delimiter.length;
    }
  }

  private async compute(): Promise<void> {
    const { computation, whereSlot } = this.plan;
    if (computation === undefined || this.waiting.length === 0) return;
    const rows = this.waiting;
    this.waiting = [];
    const source = rows.map(({ fields }) => fields.map((field) => field ?? null));
    const computed = await this.engine.compute(computation, source);
    for (const [index, { fields, line }] of rows.entries()) {
      const all = [...fields, ...(computed[index] ?? [])];
      if (whereSlot !== undefined && all[whereSlot] !== 'true') this.counts.unselectedRows++;
      else this.add(all, line, 0, line.length);
    }
  }

  private takePending(): Buffer {
    const block = this.pending.length === 1 ? this.pending[0] : Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    return block ?? Buffer.alloc(0);
  }

  private putBack(rest: Buffer): void {
    if (rest.length === 0) return;
    this.pending.push(rest);
    this.pendingBytes = rest.length;
  }
}
