/**
 * COPY INTO from a user's own stage: files are uploaded under names, and a table takes each of them once, whoever asks
 * how often. Facts: CopyIntoAction.java and what the Java connector relies on (CopyLoad.java). The object storage is a
 * place in the memory of the double.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { LoadEngine } from '../olap/engine.js';
import { DEFAULT_LOAD_OPTIONS } from '../olap/load/options.js';
import { planLoad } from '../olap/load/plan.js';
import { LoadRun } from '../olap/load/run.js';
import type { LoadTransactions } from '../olap/load-transactions.js';
import { DatabaseError } from '../olap/model.js';
import type { CopyJob } from '../olap/sql/context.js';

const STATEMENT =
  /^\s*COPY\s+INTO\s+(?:`?([^`.\s]+)`?\.)?`?([^`.\s]+)`?\s+FROM\s+@~\('([^']+)'\)\s*(?:PROPERTIES\s*\(([^)]*)\))?\s*;?\s*$/i;

export interface CopyResult {
  readonly id: string;
  readonly state: CopyJob['state'];
  readonly type: string;
  readonly msg: string;
  readonly loadedRows: string;
  readonly filterRows: string;
  readonly unselectRows: string;
  readonly url: string | null;
}

export interface CopyStageOptions {
  readonly engine: LoadEngine;
  readonly loads: LoadTransactions;
  readonly jobs: CopyJob[];
  readonly coordinator: string;
  timeZone(): string;
  /** Where an error log can be fetched. */
  errorUrl(lines: readonly string[]): string;
}

export class CopyStage {
  private readonly files = new Map<string, Buffer>();
  /** What each table has taken, or is taking: `db.table`, file and content. */
  private readonly taken = new Set<string>();
  /** Places that may be written to, by signature. */
  private readonly signed = new Map<string, string>();

  constructor(private readonly options: CopyStageOptions) {}

  /** Where the user may put a file of this name: the path of a signed address. */
  sign(user: string, fileName: string): string {
    const signature = randomBytes(12).toString('hex');
    this.signed.set(signature, `${user}/${fileName}`);
    return `/_stage/${encodeURIComponent(user)}/${encodeURIComponent(fileName)}?X-Signature=${signature}`;
  }

  /** Stores a file, in the place of one of the same name; false where the signature is for another place. */
  put(user: string, fileName: string, signature: string, content: Buffer): boolean {
    const place = `${user}/${fileName}`;
    if (this.signed.get(signature) !== place) return false;
    this.files.set(place, content);
    return true;
  }

  /**
   * Runs the statement to its end (`copy.async` is taken for false).
   *
   * @throws DatabaseError when it is no such statement, or there is no such table
   */
  async copy(sql: string, user: string, currentDatabase: string): Promise<CopyResult> {
    const [, named, tableName = '', pattern = '', properties = ''] = STATEMENT.exec(sql) ?? [];
    if (tableName === '') throw new DatabaseError('errCode = 2, detailMessage = Syntax error in COPY INTO');
    const { engine, jobs } = this.options;
    const database = named ?? currentDatabase;
    const table = engine.table(database, tableName);
    if (table === undefined) throw new DatabaseError(`errCode = 2, detailMessage = Unknown table '${tableName}'`);
    const wanted = pattern.replace(/^\{|\}$/g, '').split(',');
    const matched = wanted.filter((name) => this.files.has(`${user}/${name}`));
    const keyOf = (name: string) => JSON.stringify([database, tableName, name, this.etag(user, name)]);
    const fresh = matched.filter((name) => !this.taken.has(keyOf(name)));
    const job: CopyJob = {
      id: `${Date.now()}${jobs.length}`,
      database,
      table: tableName,
      state: 'LOADING',
      files: fresh,
      message: '',
      createMs: Date.now(),
    };
    if (fresh.length === 0) {
      const counted = `matched ${matched.length} files, filtered ${matched.length} files`;
      const message = `errCode = 2, detailMessage = No files can be copied, ${counted} because files may be loading or loaded`;
      return resultOf(job, 'CANCELLED', message);
    }
    jobs.push(job);
    for (const name of fresh) this.taken.add(keyOf(name));
    try {
      return await this.load(job, user, readProperties(properties));
    } catch (error) {
      // What failed may be copied again.
      for (const name of fresh) this.taken.delete(keyOf(name));
      Object.assign(job, { state: 'CANCELLED', message: error instanceof Error ? error.message : String(error) });
      if (!(error instanceof CopyFailed)) throw error;
      return resultOf(job, 'CANCELLED', error.message, error.counts, error.url);
    }
  }

  private async load(job: CopyJob, user: string, properties: ReadonlyMap<string, string>): Promise<CopyResult> {
    const { engine, loads, coordinator, timeZone, errorUrl } = this.options;
    const { database, table: name } = job;
    const table = engine.table(database, name);
    if (table === undefined) throw new DatabaseError(`errCode = 2, detailMessage = Unknown table '${name}'`);
    const run = new LoadRun(
      engine,
      planLoad(engine, table, {
        ...DEFAULT_LOAD_OPTIONS,
        format: 'json',
        hiddenColumns: properties.get('copy.use_delete_sign') === 'true' ? ['__DORIS_DELETE_SIGN__'] : [],
        timeZone: timeZone(),
      }),
    );
    const label = `copy_${randomUUID()}`;
    const transaction = await loads.begin({ database, label, tables: [name], coordinator });
    try {
      for (const file of job.files) await run.write(this.files.get(`${user}/${file}`) ?? Buffer.alloc(0));
      await run.finish();
      if (run.isOverFilterRatio) {
        const words = 'type:ETL_QUALITY_UNSATISFIED; msg:quality not good enough to cancel';
        throw new CopyFailed(words, run.counts, errorUrl(run.errorLines));
      }
      await loads.commitPrepared(transaction, [run.plan.staged]);
    } catch (error) {
      await loads.abort(database, transaction.id, error instanceof Error ? error.message : String(error));
      throw error;
    }
    await loads.waitUntilVisible(transaction.id, 30_000);
    Object.assign(job, { state: 'FINISHED' });
    return resultOf(job, 'FINISHED', '', run.counts);
  }

  private etag(user: string, name: string): string {
    const content = this.files.get(`${user}/${name}`) ?? Buffer.alloc(0);
    return createHash('md5').update(content).digest('hex');
  }
}

/** The job ended as CANCELLED. */
class CopyFailed extends Error {
  constructor(
    message: string,
    readonly counts: LoadRun['counts'],
    readonly url: string,
  ) {
    super(message);
  }
}

function resultOf(
  { id }: CopyJob,
  state: CopyJob['state'],
  msg: string,
  counts: LoadRun['counts'] = { totalRows: 0, loadedRows: 0, filteredRows: 0, unselectedRows: 0 },
  url: string | null = null,
): CopyResult {
  const { loadedRows, filteredRows, unselectedRows } = counts;
  const texts = {
    loadedRows: String(loadedRows),
    filterRows: String(filteredRows),
    unselectRows: String(unselectedRows),
  };
  return { id, state, type: state === 'FINISHED' ? '' : 'LOAD_RUN_FAIL', msg, ...texts, url };
}

/** `'copy.async'='false','file.type'='json'` */
function readProperties(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/'([^']*)'\s*=\s*'([^']*)'/g)].map(([, name = '', value = '']) => [name, value]));
}
