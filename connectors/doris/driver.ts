/** The Doris sink: Stream Load with two-phase commit behind the port that all sinks share. */
import { type Clock, systemClock } from '../../connect/clock.js';
import { SluiceError } from '../../connect/errors.js';
import type { TableChange, TableName } from '../../connect/pipeline/index.js';
import type {
  AbortResult,
  CommitResult,
  LabelState,
  Load,
  PreparedLoad,
  PrepareOptions,
  SinkDriver,
  SinkFinding,
  SinkGuarantee,
  TableDescription,
} from '../sink-driver.js';
import { mayChangeTables } from './config/schema-settings.js';
import { tlsOptions } from './config/tls.js';
import type { DorisSinkConfig } from './config.js';
import { Alterations, describeTable } from './ddl/index.js';
import { Frontends } from './frontends.js';
import { DorisHttp, type DorisTransport } from './http.js';
import { DorisSql, type SqlQuestions } from './sql.js';
import { StreamLoad } from './stream-load.js';
import { inspectTables } from './tables.js';
import { TwoPhase } from './two-phase.js';

/** How often a label may turn out to be taken within one call before the call is left to be retried. */
const MAX_TURNS = 4;

/** What the driver reaches the world through; a simulation passes its own. */
export interface DorisSurroundings {
  readonly http?: DorisTransport;
  /** Without it, and with an HTTP of one's own, there is no MySQL port. */
  readonly sql?: SqlQuestions;
  readonly clock?: Clock;
}

export class DorisDriver implements SinkDriver {
  readonly guarantee: SinkGuarantee;
  readonly twoPhase: boolean;
  private readonly http: DorisTransport;
  private readonly sql: SqlQuestions | undefined;
  private readonly frontends: Frontends;
  private readonly clock: Clock;
  private readonly streamLoad: StreamLoad;
  private readonly transactions: TwoPhase;
  private readonly labelled: boolean;

  constructor(
    private readonly config: DorisSinkConfig,
    { http, sql, clock = systemClock }: DorisSurroundings = {},
  ) {
    const { user, password, connectTimeoutMs, readTimeoutMs } = config;
    const tls = tlsOptions(config.tls, 'http');
    this.http =
      http ?? new DorisHttp({ user, password: () => password.reveal(), connectTimeoutMs, readTimeoutMs, tls });
    this.sql = sql ?? (http === undefined ? new DorisSql(config) : undefined);
    this.frontends = new Frontends(this.http, config, clock);
    this.clock = clock;
    this.streamLoad = new StreamLoad(this.http, this.frontends, config, this.sql);
    this.transactions = new TwoPhase(this.http, this.frontends);
    this.labelled = config.load.groupCommit === 'off_mode';
    this.twoPhase = config.twoPhaseCommit;
    this.guarantee = guaranteeOf(config);
  }

  /** The MySQL port is asked too where tables may have to be changed over it. */
  async validate(
    tables: readonly { database: string; table: string }[],
    signal: AbortSignal,
  ): Promise<readonly SinkFinding[]> {
    if (mayChangeTables(this.config.schema)) await this.sql?.query('SELECT 1', [], { context: {}, signal });
    return inspectTables(this.frontends, tables, signal);
  }

  async prepare(load: Load, { mustExist, isFirst = false, signal }: PrepareOptions): Promise<PreparedLoad | 'unknown'> {
    const { database, table, label } = load;
    const question = { context: { label, table: `${database}.${table}` }, signal };
    if (!this.labelled) return this.loadUnlabelled(load, signal);
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      // Should the label be there all the same, the load is refused because of it, and the label is asked for then.
      const mayBeThere = mustExist || !isFirst || turn > 0;
      const state = mayBeThere ? await this.frontends.labelState(database, label, question) : 'UNKNOWN';
      if (state === 'UNKNOWN' && mustExist) return 'unknown';
      if (state === 'COMMITTED' || state === 'VISIBLE') return takenOver(load, 'COMMITTED', undefined);
      // The transaction's number is not told by the lookup: what is precommitted or running under our label holds the
      // same rows, or those of an attempt that is gone. It is aborted and loaded again.
      if (state === 'PRECOMMITTED' || state === 'PREPARE') {
        const left = await this.transactions.abort(takenOver(load, 'PRECOMMITTED', undefined), signal);
        if (left === 'committed') continue;
      }
      const outcome = await this.streamLoad.run(load, signal);
      if (outcome.kind === 'prepared') return outcome.load;
      if (mayBeThere && outcome.state === 'PRECOMMITTED' && outcome.transactionId !== undefined) {
        return takenOver(load, 'PRECOMMITTED', outcome.transactionId);
      }
    }
    throw new SluiceError('SINK_LABEL_BUSY', 'Doris: the label is held by another attempt of the same load.', {
      retryable: true,
      retryDelayMs: 1_000,
      context: question.context,
      hint: 'It is tried again; the attempt that holds the label ends by itself.',
    });
  }

  commit(load: PreparedLoad, signal: AbortSignal): Promise<CommitResult> {
    return this.transactions.commit(load, signal);
  }

  abort(load: PreparedLoad, signal: AbortSignal): Promise<AbortResult> {
    return this.transactions.abort(load, signal);
  }

  lookup(database: string, label: string, signal: AbortSignal): Promise<LabelState> {
    return this.frontends.labelState(database, label, { context: { label }, signal });
  }

  describeTable(table: TableName, signal: AbortSignal): Promise<TableDescription | undefined> {
    return describeTable(this.mysqlPort, table, signal);
  }

  applySchemaChange(
    change: TableChange,
    attempt: { readonly check: () => void; readonly signal: AbortSignal },
  ): Promise<readonly string[]> {
    return new Alterations(this.mysqlPort, this.config.schema, this.clock).apply(change, attempt);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private get mysqlPort(): SqlQuestions {
    if (this.sql !== undefined) return this.sql;
    throw new SluiceError('SINK_UNREACHABLE', 'Doris has no MySQL port here.', { retryable: true });
  }

  private async loadUnlabelled(load: Load, signal: AbortSignal): Promise<PreparedLoad> {
    const outcome = await this.streamLoad.run(load, signal);
    if (outcome.kind === 'prepared') return { ...outcome.load, state: 'COMMITTED' };
    throw new SluiceError('SINK_PROTOCOL', 'Doris speaks of a label where none was sent.', { retryable: true });
  }
}

/** What another attempt under the same label has done: the same rows, since the label stands for the ranges. */
function takenOver(load: Load, state: PreparedLoad['state'], transactionId: string | undefined): PreparedLoad {
  const { database, table, label, body } = load;
  return {
    database,
    table,
    label,
    ...(transactionId === undefined ? {} : { transactionId }),
    state,
    rows: body.rows,
    filteredRows: 0,
    sizeBytes: body.sizeBytes,
  };
}

function guaranteeOf({ load, twoPhaseCommit }: DorisSinkConfig): SinkGuarantee {
  if (load.groupCommit !== 'off_mode') {
    return {
      guarantee: 'at_least_once',
      reason: `group commit (${load.groupCommit}) has no labels: a load whose reply is lost is sent again, and rows that do not fit are left out whatever max_filter_ratio says`,
    };
  }
  if (!twoPhaseCommit) {
    return {
      guarantee: 'exactly_once',
      reason:
        'by label, as long as Doris remembers it (label_num_threshold, streaming_label_keep_max_second); enable.2pc is off',
    };
  }
  return { guarantee: 'exactly_once', reason: 'two-phase commit under labels that follow from the offsets' };
}
