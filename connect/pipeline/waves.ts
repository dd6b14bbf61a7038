/**
 * Rows that hold a part of their columns only, because the event does not have the others: they are loaded as partial
 * updates, which read what is in the table. A load holds rows of the same columns, and the rows of a key keep their
 * order; so the rows of a table go to waves, which are loaded one after the other.
 */
import { decodeString, walkObject } from '../json/index.js';

export interface Wave {
  /** Waves are loaded in this order; 0 is that of the rows before the first one with a part of its columns. */
  readonly index: number;
  /** The columns of a partial update; absent where rows are whole. */
  readonly columns?: readonly string[];
}

/** All columns. */
const WHOLE = '';

/** Deals the rows of one range and table to waves: as few as the order of each key allows. */
export class Waves {
  readonly #lastOfKey = new Map<string, number>();
  /** The columns of each wave. */
  readonly #columns: string[] = [WHOLE];
  readonly #waves: Wave[] = [{ index: 0 }];

  /** The same object for the same wave. */
  waveOf(key: string, columns: readonly string[] | undefined): Wave {
    const wanted = columns === undefined ? WHOLE : JSON.stringify(columns);
    let index = this.#lastOfKey.get(key) ?? 0;
    while (index < this.#columns.length && this.#columns[index] !== wanted) index++;
    const known = this.#waves[index];
    this.#lastOfKey.set(key, index);
    if (known !== undefined) return known;
    const wave: Wave = columns === undefined ? { index } : { index, columns };
    this.#columns.push(wanted);
    this.#waves.push(wave);
    return wave;
  }
}

/** The members of a row, their names in lower case, as columns are the same in any case; their values as they stand. */
export function membersOf(source: Buffer, start: number, end: number): Map<string, string> {
  const members = new Map<string, string>();
  walkObject(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    const name = decodeString(source, nameStart, nameEnd).toLowerCase();
    members.set(name, source.toString('utf8', valueStart, valueEnd));
  });
  return members;
}
