/**
 * What can become of a text that is to be stored in a column.
 *
 * A cell; UNCONVERTIBLE, which becomes NULL or a filtered row by `strict_mode`; or a Rejection, which filters the row
 * in any mode (too long, decimal out of range).
 */
import type { Cell } from './model.js';

export const UNCONVERTIBLE = Symbol('unconvertible');

/** The value can never be stored in the column; `reason` is the database's own sentence. */
export class Rejection {
  constructor(readonly reason: string) {}
}

export type Conversion = Cell | typeof UNCONVERTIBLE | Rejection;
export type Converter = (text: string) => Conversion;

export interface ConversionOptions {
  /** The session's time zone: an IANA name or an offset such as `+08:00`. */
  readonly timeZone: string;
}
