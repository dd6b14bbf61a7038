/** A sink driver that keeps what it is given and answers what the test tells it to. */

import { SluiceError } from '../../../connect/errors.js';
import type { TableChange, TableName } from '../../../connect/pipeline/index.js';
import { RowsRejected } from '../../../connectors/rows-rejected.js';
import type {
  AbortResult,
  CommitResult,
  LabelState,
  Load,
  PreparedLoad,
  SinkDriver,
  SinkFinding,
  TableDescription,
} from '../../../connectors/sink-driver.js';

export interface SentLoad {
  readonly database: string;
  readonly table: string;
  readonly label: string;
  readonly lines: readonly string[];
  readonly mustExist: boolean;
  /** Of a partial update. */
  readonly columns?: readonly string[];
  /** True where the load is committed at once. */
  readonly isFinal?: boolean;
}

export class ScriptedDriver implements SinkDriver {
  readonly guarantee = { guarantee: 'exactly_once', reason: 'by the script' } as const;
  twoPhase = true;
  readonly sent: SentLoad[] = [];
  /** What happened, in order: `prepare t`, `commit t`, `abort t`. */
  readonly events: string[] = [];
  /** Refuses the loads that have such lines, as the database does. */
  refuses: (line: string) => boolean = () => false;
  /** What the error log of a refusal says; nothing of the rows unless the test says so. */
  errorLog: (refused: readonly string[]) => string = () => '';
  tellsCounts = true;
  onPrepare: (load: SentLoad) => PreparedLoad['state'] | 'unknown' = () => 'PRECOMMITTED';
  onCommit: (load: PreparedLoad) => CommitResult = () => 'committed';
  onAbort: (load: PreparedLoad) => AbortResult = () => 'aborted';
  onLookup: (label: string) => LabelState = () => 'VISIBLE';
  onChange: (change: TableChange) => readonly string[] = () => [];
  /** By `database.table`. */
  readonly tables = new Map<string, TableDescription>();
  findings: readonly SinkFinding[] = [];
  private transactions = 0;

  async validate(): Promise<readonly SinkFinding[]> {
    return this.findings;
  }

  async prepare(load: Load, { mustExist }: { mustExist: boolean }): Promise<PreparedLoad | 'unknown'> {
    const { database, table, label, body, columns, isFinal } = load;
    const text = Buffer.concat(body.chunks).toString();
    const more = { ...(columns && { columns }), ...(isFinal && { isFinal }) };
    const sent = { database, table, label, lines: text.split('\n').slice(0, -1), mustExist, ...more };
    if (text.length > 0 && !text.endsWith('\n')) throw new Error('the last row is not ended');
    if (Buffer.byteLength(text) !== body.sizeBytes || sent.lines.length !== body.rows) {
      throw new Error('the body is not what it says of itself');
    }
    this.sent.push(sent);
    this.events.push(`prepare ${table}`);
    const refused = sent.lines.filter(this.refuses);
    if (refused.length > 0) throw this.refusalOf(sent.lines.length, refused);
    const state = this.onPrepare(sent);
    if (state === 'unknown') return state;
    const transactionId = String(++this.transactions);
    const counts = { rows: body.rows, filteredRows: 0, sizeBytes: body.sizeBytes };
    return { database, table, label, transactionId, state: isFinal ? 'COMMITTED' : state, ...counts };
  }

  private refusalOf(totalRows: number, refused: readonly string[]): RowsRejected {
    const counts = this.tellsCounts ? { totalRows, filteredRows: refused.length } : { totalRows: 0, filteredRows: 0 };
    const refusal = new SluiceError('SINK_ROWS_REJECTED', 'too many filtered rows');
    return new RowsRejected(refusal, { ...counts, errorLog: this.errorLog(refused) });
  }

  async commit(load: PreparedLoad): Promise<CommitResult> {
    this.events.push(`commit ${load.table}`);
    return this.onCommit(load);
  }

  async abort(load: PreparedLoad): Promise<AbortResult> {
    this.events.push(`abort ${load.table}`);
    return this.onAbort(load);
  }

  async lookup(_database: string, label: string): Promise<LabelState> {
    return this.onLookup(label);
  }

  async describeTable({ database, table }: TableName): Promise<TableDescription | undefined> {
    this.events.push(`describe ${table}`);
    return this.tables.get(`${database}.${table}`);
  }

  async applySchemaChange(change: TableChange): Promise<readonly string[]> {
    this.events.push(`change ${change.table}`);
    return this.onChange(change);
  }

  async close(): Promise<void> {}
}
