/**
 * Loading through object storage (`load.model=copy_into`): the rows of a load are a file, put into the user's stage
 * under a name that follows from its label; the commit is a COPY INTO of that file. Doris takes a file of one name and
 * content into a table once, so that both steps can be repeated. Source: CopyIntoWriter and CopyLoad of the Java
 * connector.
 */
import { SluiceError } from '../../connect/errors.js';
import type { TableChange, TableName } from '../../connect/pipeline/index.js';
import type {
  AbortResult,
  CommitResult,
  LabelState,
  Load,
  PreparedLoad,
  SinkDriver,
  SinkFinding,
  SinkGuarantee,
  TableDescription,
} from '../sink-driver.js';
import { tlsOptions } from './config/tls.js';
import type { DorisSinkConfig } from './config.js';
import { Alterations, describeTable } from './ddl/index.js';
import { Frontends } from './frontends.js';
import { type Address, type BodyRequest, DorisHttp } from './http.js';
import { errorOf, frontendError, parseObject } from './replies.js';
import { DorisSql, type SqlQuestions } from './sql.js';
import { inspectTables } from './tables.js';

/** FE's words when it finds nothing to do: every file is in the table, on its way there, or not in the stage. */
const NOTHING_TO_COPY = /No files can be copied, matched (\d+) files, filtered (\d+) files/;

/** A front end signs an address without asking anybody. */
const UPLOAD_QUESTION_TIMEOUT_MS = 30_000;

export class CopyIntoDriver implements SinkDriver {
  /** What is in the stage is not in the table. */
  readonly twoPhase = true;
  readonly guarantee: SinkGuarantee = {
    guarantee: 'exactly_once',
    reason: 'by file name: COPY INTO takes a file that follows from the offsets into its table once',
  };
  private readonly http: DorisHttp;
  private readonly frontends: Frontends;
  private readonly sql: SqlQuestions;

  constructor(private readonly config: DorisSinkConfig) {
    const { user, password, connectTimeoutMs, readTimeoutMs } = config;
    const tls = tlsOptions(config.tls, 'http');
    this.http = new DorisHttp({ user, password: () => password.reveal(), connectTimeoutMs, readTimeoutMs, tls });
    this.frontends = new Frontends(this.http, config);
    this.sql = new DorisSql(config);
  }

  /** The MySQL port is asked too: without it nobody could tell what has become of a file. */
  async validate(
    tables: readonly { database: string; table: string }[],
    signal: AbortSignal,
  ): Promise<readonly SinkFinding[]> {
    await this.sql.query('SELECT 1', [], { context: {}, signal });
    return inspectTables(this.frontends, tables, signal);
  }

  /** A file that is put twice is the same file, and the table takes it once: nothing that is unknown is in doubt. */
  async prepare(load: Load, { signal }: { mustExist: boolean; signal: AbortSignal }): Promise<PreparedLoad> {
    const { database, table, label, body } = load;
    const question = { context: contextOf(load), signal };
    const isThere = (await this.jobState(load, signal)) === 'VISIBLE';
    if (!isThere) {
      const location = await this.frontends.anyFrontend(question, (frontend) =>
        this.placeFor(frontend, fileName(label), question),
      );
      await this.http.store(location, { ...question, body, readTimeoutMs: this.config.readTimeoutMs });
    }
    const { rows, sizeBytes } = body;
    return { database, table, label, state: isThere ? 'COMMITTED' : 'PRECOMMITTED', rows, filteredRows: 0, sizeBytes };
  }

  async commit(load: PreparedLoad, signal: AbortSignal): Promise<CommitResult> {
    const data = await this.frontends.run(
      '/copy/query',
      { sql: copyStatement(load, this.config.enableDelete) },
      { context: contextOf(load), signal, readTimeoutMs: this.config.readTimeoutMs },
    );
    const { state, message, url } = copyResult(data);
    if (state === 'FINISHED') return 'committed';
    const [, matched, filtered] = NOTHING_TO_COPY.exec(message) ?? [];
    if (matched === undefined) throw failure(load, message, url);
    // It is not in the stage any more, and no table has it.
    if (matched === '0') return (await this.jobState(load, signal)) === 'VISIBLE' ? 'committed' : 'aborted';
    if (matched !== filtered) throw failure(load, message, url);
    // "May be loading or loaded": which of the two, only the jobs tell.
    const found = await this.jobState(load, signal);
    if (found === 'VISIBLE' || found === 'UNKNOWN') return 'committed';
    throw busy(load);
  }

  async abort(load: PreparedLoad, signal: AbortSignal): Promise<AbortResult> {
    const state = await this.jobState(load, signal);
    if (state === 'VISIBLE') return 'committed';
    if (state === 'PREPARE') throw busy(load);
    return 'aborted';
  }

  lookup(database: string, label: string, signal: AbortSignal): Promise<LabelState> {
    return this.jobState({ database, label }, signal);
  }

  describeTable(table: TableName, signal: AbortSignal): Promise<TableDescription | undefined> {
    return describeTable(this.sql, table, signal);
  }

  applySchemaChange(
    change: TableChange,
    attempt: { readonly check: () => void; readonly signal: AbortSignal },
  ): Promise<readonly string[]> {
    return new Alterations(this.sql, this.config.schema).apply(change, attempt);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** `PUT /copy/upload`: the signed address in object storage under which the file is to be put. */
  private async placeFor(
    frontend: Address,
    name: string,
    question: Pick<BodyRequest, 'context' | 'signal'>,
  ): Promise<string> {
    const call = { method: 'PUT', path: '/copy/upload', headers: { filename: name }, ...question } as const;
    const reply = await this.http.locationOf(frontend, { ...call, readTimeoutMs: UPLOAD_QUESTION_TIMEOUT_MS });
    if (typeof reply === 'string') return reply;
    throw frontendError(parseObject(reply, question.context), { ...question.context, host: reply.host });
  }

  /** What has become of the file: VISIBLE in its table, PREPARE on its way there. */
  private async jobState(
    { database, table, label }: { database: string; table?: string; label: string },
    signal: AbortSignal,
  ): Promise<LabelState> {
    const ofTable = table === undefined ? '' : 'TABLENAME = ? AND ';
    const jobs = await this.sql.query(
      `SHOW COPY FROM ${quoted(database)} WHERE ${ofTable}FILES LIKE ?`,
      [...(table === undefined ? [] : [table]), `%${fileName(label)}%`],
      { context: { label }, signal },
    );
    // `_` stands for any character in LIKE: the names are compared here.
    const own = jobs.map(lowerCaseNames).filter(({ files }) => files?.includes(fileName(label)));
    const states = own.map(({ state }) => state?.toUpperCase() ?? '');
    if (states.includes('FINISHED')) return 'VISIBLE';
    if (states.some((state) => state !== 'CANCELLED')) return 'PREPARE';
    return states.length === 0 ? 'UNKNOWN' : 'ABORTED';
  }
}

/** The same for the same load, whoever sends it, and for no other. */
function fileName(label: string): string {
  return `${label}.json`;
}

function copyStatement({ database, table, label }: PreparedLoad, enableDelete: boolean): string {
  const properties = {
    'copy.async': 'false',
    'file.type': 'json',
    'file.strip_outer_array': 'false',
    'copy.use_delete_sign': String(enableDelete),
  };
  const list = Object.entries(properties).map(([name, value]) => `'${name}'='${value}'`);
  return `COPY INTO ${quoted(database)}.${quoted(table)} FROM @~('{${fileName(label)}}') PROPERTIES (${list.join(',')})`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function lowerCaseNames(row: Readonly<Record<string, string | null>>): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}

function copyResult(data: unknown): { state: string; message: string; url: string | undefined } {
  const { result } = Object(data) as { result?: unknown };
  const { state, msg, url } = Object(result) as Record<string, unknown>;
  return {
    state: String(state ?? ''),
    message: String(msg ?? JSON.stringify(data)),
    url: typeof url === 'string' && url !== '' ? url : undefined,
  };
}

function failure(load: PreparedLoad, message: string, errorUrl: string | undefined): SluiceError {
  const context = { ...contextOf(load), ...(errorUrl === undefined ? {} : { errorUrl }) };
  if (!/QUALITY/i.test(message)) return errorOf(message, context);
  return new SluiceError('SINK_ROWS_REJECTED', `Doris: ${message}`, {
    context,
    hint: 'Look at the rows behind the errorUrl, correct them or the table, then restart the connector.',
  });
}

function busy(load: PreparedLoad): SluiceError {
  return new SluiceError('SINK_LABEL_BUSY', 'Doris: the file is being loaded by another attempt.', {
    retryable: true,
    retryDelayMs: 1_000,
    context: contextOf(load),
    hint: 'It is tried again until the COPY INTO of the other attempt has ended: see SHOW COPY.',
  });
}

function contextOf({ database, table, label }: Pick<PreparedLoad, 'database' | 'table' | 'label'>) {
  return { table: `${database}.${table}`, label };
}
