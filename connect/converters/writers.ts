import type { RowBuffer } from '../rows/index.js';

/**
 * Writes a value that is not null, given as a span, to the end of the buffer and returns the rows it made; undefined when
 * the value turns out to mean null. When it throws, nothing is written.
 */
export type ValueWriter = (source: Buffer, start: number, end: number, out: RowBuffer) => number | undefined;

/** Writes a value that is text: JSON or CSV, as the format of the load wants it. */
export type TextWriter = (source: Buffer, start: number, end: number, out: RowBuffer) => number;
