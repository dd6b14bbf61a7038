/**
 * Finds the records whose rows the database refuses, so that the others can be loaded without them: first those that its
 * error log quotes, then, where it quotes none, by halves that are tried under labels of their own and aborted.
 *
 * How many rows a refused load holds that do not fit is told by the database, mostly: a half need not be tried when the
 * other one accounts for all of them.
 */
import { RowsRejected } from '../connectors/rows-rejected.js';
import type { LoadBody } from '../connectors/sink-driver.js';
import { firstReason, quotedRows } from './quoted-rows.js';
import type { SentRows } from './sent-rows.js';

/** Numbers of records, with the reason of each. */
export type Rejected = Map<number, string>;

/** Loads the rows and takes them back; resolves with the refusal where there is one. */
export type Trial = (body: LoadBody) => Promise<RowsRejected | undefined>;

/** So many trials are made for one batch: where more are needed, a smaller batch is made. */
const MAX_TRIALS = 1_000;
const MAX_REASON_CHARACTERS = 300;

/** More trials are needed than a batch of this size is worth. */
export class TooManyTrials extends Error {}

export class RejectedSearch {
  private trials = 0;

  constructor(
    private readonly sent: SentRows,
    /** Absent where a load that is taken cannot be taken back. */
    private readonly tryLoad: Trial | undefined,
    private readonly maxTrials = MAX_TRIALS,
  ) {}

  /**
   * All records with rows that the database refuses; without trials those of them that it tells of, which may be none.
   *
   * @throws TooManyTrials
   */
  find(refusal: RowsRejected): Promise<Rejected> {
    return this.within(this.sent.all(), refusal);
  }

  /** @param numbers records that are known to hold rejected rows, rising */
  private async within(numbers: readonly number[], refusal: RowsRejected): Promise<Rejected> {
    const { totalRows, filteredRows, errorLog } = refusal.rows;
    const rows = this.sent.rowsOf(numbers);
    const general = clipped(firstReason(errorLog) ?? refusal.message);
    if (numbers.length === 1 || (totalRows === rows && filteredRows === rows)) return all(numbers, general);
    const quoted = this.sent.quoted(numbers, quotedRows(errorLog));
    if (quoted.reasons.size === 0) return this.byHalves(numbers, refusal);
    const found = new Map([...quoted.reasons].map(([number, reason]) => [number, clipped(reason || general)]));
    const rest = numbers.filter((number) => !found.has(number));
    if (rest.length === 0 || quoted.rows === filteredRows) return found;
    const again = await this.refusalOf(rest);
    return again === undefined ? found : new Map([...found, ...(await this.within(rest, again))]);
  }

  private async byHalves(numbers: readonly number[], refusal: RowsRejected): Promise<Rejected> {
    if (this.tryLoad === undefined) return new Map();
    const middle = Math.ceil(numbers.length / 2);
    const [left, right] = [numbers.slice(0, middle), numbers.slice(middle)];
    const inLeft = await this.refusalOf(left);
    // What was told of both is about the other half, then.
    if (inLeft === undefined) return this.within(right, withRows(refusal, this.sent.rowsOf(right)));
    const found = await this.within(left, inLeft);
    const { filteredRows } = refusal.rows;
    if (filteredRows > 0 && inLeft.rows.filteredRows === filteredRows) return found;
    const inRight = await this.refusalOf(right);
    return inRight === undefined ? found : new Map([...found, ...(await this.within(right, inRight))]);
  }

  private async refusalOf(numbers: readonly number[]): Promise<RowsRejected | undefined> {
    if (this.tryLoad === undefined) return undefined;
    this.trials += 1;
    if (this.trials > this.maxTrials) throw new TooManyTrials();
    return this.tryLoad(this.sent.bodyOf(numbers));
  }
}

function withRows(refusal: RowsRejected, rows: number): RowsRejected {
  const totalRows = refusal.rows.totalRows === 0 ? 0 : rows;
  return new RowsRejected(refusal, { ...refusal.rows, totalRows });
}

function all(numbers: readonly number[], reason: string): Rejected {
  return new Map(numbers.map((number) => [number, reason]));
}

function clipped(reason: string): string {
  const line = reason.replace(/\s+/g, ' ');
  return line.length <= MAX_REASON_CHARACTERS ? line : `${line.slice(0, MAX_REASON_CHARACTERS)}…`;
}
