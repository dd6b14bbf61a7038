/** Stream Load at the backend, step by step in the order of stream_load.cpp. */
import { randomUUID } from 'node:crypto';
import { CountingRun } from '../olap/load/counting-run.js';
import { planLoad } from '../olap/load/plan.js';
import { LoadRun } from '../olap/load/run.js';
import { DatabaseError } from '../olap/model.js';
import { type Transaction, TransactionRefused } from '../olap/transactions.js';
import type { DorisContext } from './context.js';
import { applyEffect, injectFault } from './fault-effects.js';
import { basicCredentials, type Exchange, replyUnread } from './http.js';
import { readBody, senderIsGone } from './load-body.js';
import {
  checkBody,
  type GroupCommitMode,
  header,
  type LoadFormatHeaders,
  readFormat,
  readLoadOptions,
  readTimeoutMs,
  resolveGroupCommit,
} from './load-headers.js';
import { type LoadTimes, type StreamLoadReply, send, streamLoadReply } from './replies.js';
import {
  accessDenied,
  existingJobStatus,
  LoadFailure,
  labelFormat,
  noBasicAuthorization,
  PUBLISH_TIMEOUT_MESSAGE,
  refusalFailure,
  relayed,
  requireFrontend,
  tooManyFilteredRows,
  unknownDatabase,
  unknownTable,
} from './wording.js';

/** FeNameFormat.LABEL_REGEX */
const LABEL = /^[-_A-Za-z0-9:]{1,128}$/;

const NO_TIMES = { beginMs: 0, planMs: 0, readMs: 0, writeMs: 0, commitMs: 0 };

/** One request to `/api/{db}/{table}/_stream_load`. */
export class StreamLoad {
  private readonly startedMs = Date.now();
  private readonly started = performance.now();
  private readonly times: { -readonly [K in Exclude<keyof LoadTimes, 'loadMs'>]: number } = { ...NO_TIMES };
  private readonly body = { receivedBytes: 0 };
  private label: string;
  private readonly twoPhase: boolean;
  private groupCommit: GroupCommitMode = 'off_mode';
  private transaction: Transaction | undefined;
  private run: LoadRun | CountingRun | undefined;
  private bodyStarted = false;
  /** The transaction has taken its step: what fails from here on does not take it back. */
  private concluded = false;

  constructor(
    private readonly context: DorisContext,
    private readonly exchange: Exchange,
    private readonly database: string,
    private readonly table: string,
  ) {
    this.label = header(this.headers, 'label') ?? '';
    this.twoPhase = this.headers.two_phase_commit === 'true';
  }

  private get headers() {
    return this.exchange.request.headers;
  }

  async serve(): Promise<void> {
    const { faults } = this.context;
    try {
      const format = await this.prepare();
      if (format === undefined) return;
      await this.receive(format);
      if (await injectFault(faults, 'be.load', 'received', this.subject, this.exchange)) throw senderIsGone();
      const reply = streamLoadReply(await this.conclude());
      this.concluded = true;
      if (await injectFault(faults, 'be.load', 'after', this.subject, this.exchange, reply)) return;
      send(this.exchange.response, reply);
    } catch (error) {
      await this.fail(error);
    }
  }

  private get subject() {
    return { database: this.database, table: this.table, label: this.label };
  }

  /** Everything before the body; undefined when a fault has ended the exchange. */
  private async prepare(): Promise<LoadFormatHeaders | undefined> {
    this.groupCommit = resolveGroupCommit(this.headers);
    if (this.groupCommit !== 'off_mode') this.label = '';
    else if (this.label === '') this.label = randomUUID();
    const credentials = basicCredentials(this.exchange.request);
    if (credentials === undefined) throw noBasicAuthorization();
    const format = readFormat(this.headers);
    checkBody(this.headers, format, this.context.bodyLimits);
    const timeoutMs = readTimeoutMs(this.headers);
    if (await injectFault(this.context.faults, 'be.load', 'before', this.subject, this.exchange)) return undefined;

    const { accounts, engine } = this.context;
    if (!accounts.checkPassword(credentials.user, credentials.password)) {
      throw accessDenied(credentials.user, this.exchange.request.socket.remoteAddress ?? '');
    }
    if (!engine.databases().includes(this.database)) throw unknownDatabase(this.database);
    if (engine.table(this.database, this.table) === undefined) throw unknownTable(this.table);
    await this.begin(timeoutMs);
    this.plan(format);
    return format;
  }

  private async begin(timeoutMs: number | undefined): Promise<void> {
    const before = performance.now();
    if (this.groupCommit !== 'off_mode') {
      this.transaction = this.context.groupCommit.join(this.database, this.table).transaction;
      this.label = this.transaction.label;
      return;
    }
    requireFrontend(this.context);
    if (!LABEL.test(this.label)) throw labelFormat(this.label);
    this.transaction = await this.context.loads.begin({
      database: this.database,
      label: this.label,
      tables: [this.table],
      coordinator: this.context.coordinator,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    this.times.beginMs = performance.now() - before;
  }

  private plan(format: LoadFormatHeaders): void {
    const before = performance.now();
    const { engine, nullMode, timeZone } = this.context;
    const table = engine.table(this.database, this.table);
    if (table === undefined) throw unknownTable(this.table);
    const options = readLoadOptions(this.headers, format, timeZone());
    this.run = nullMode ? new CountingRun() : new LoadRun(engine, planLoad(engine, table, options));
    this.times.planMs = performance.now() - before;
  }

  private async receive(format: LoadFormatHeaders): Promise<void> {
    const { request, response, awaitsContinue } = this.exchange;
    const { run } = this;
    const fault = this.context.faults.take('be.load', 'body', this.subject);
    if (awaitsContinue) response.writeContinue();
    this.bodyStarted = true;
    const before = performance.now();
    await readBody(request, format.compression, this.body, async (bytes) => {
      const strikes = fault !== undefined && this.body.receivedBytes >= (fault.afterBytes ?? 1);
      if (strikes && (await applyEffect(fault.effect, this.exchange))) throw senderIsGone();
      await run?.write(bytes);
    });
    await run?.finish();
    this.times.writeMs = performance.now() - before;
    this.times.readMs = this.times.writeMs;
  }

  /** After the last byte: the transaction takes its next step. */
  private async conclude(): Promise<StreamLoadReply> {
    const { run, transaction } = this;
    if (run === undefined || transaction === undefined)
      throw new LoadFailure('INTERNAL_ERROR', 'the load was not planned');
    const staged = run instanceof LoadRun ? [run.plan.staged] : [];
    const grouped = this.groupCommit !== 'off_mode';
    if (!grouped && run.isOverFilterRatio) throw tooManyFilteredRows();
    const { loads, publishWaitMs, stats, groupCommit } = this.context;
    requireFrontend(this.context);
    let visible = true;
    if (grouped) {
      // The group may have been committed while the body came in: the rows go with the group that is open now.
      const group = groupCommit.join(this.database, this.table);
      group.rows.push(...staged);
      this.transaction = group.transaction;
      this.label = group.transaction.label;
      if (this.groupCommit === 'sync_mode') {
        await group.committed;
        visible = await loads.waitUntilVisible(group.transaction.id, publishWaitMs);
      }
    } else if (this.twoPhase) await loads.precommit(transaction, staged);
    else {
      const before = performance.now();
      await loads.commitPrepared(transaction, staged);
      visible = await loads.waitUntilVisible(transaction.id, publishWaitMs);
      this.times.commitMs = performance.now() - before;
    }
    const { loadedRows: rows, filteredRows } = run.counts;
    stats.add({ rows, filteredRows, bytes: this.body.receivedBytes, startedMs: this.startedMs, endedMs: Date.now() });
    return this.reply(
      visible ? { status: 'Success', message: 'OK' } : { status: 'Publish Timeout', message: PUBLISH_TIMEOUT_MESSAGE },
    );
  }

  private reply(
    outcome: Pick<StreamLoadReply, 'status' | 'message'> & Partial<Pick<StreamLoadReply, 'existingJobStatus'>>,
  ): StreamLoadReply {
    const { run, transaction } = this;
    const counts = run?.counts ?? { totalRows: 0, loadedRows: 0, filteredRows: 0, unselectedRows: 0 };
    return {
      ...outcome,
      transactionId: transaction?.id ?? -1n,
      label: this.label,
      comment: header(this.headers, 'comment') ?? '',
      twoPhase: this.twoPhase,
      groupCommit: this.groupCommit !== 'off_mode',
      counts: outcome.status === 'Fail' ? { ...counts, loadedRows: 0 } : counts,
      loadBytes: this.body.receivedBytes,
      times: { ...this.times, loadMs: performance.now() - this.started },
      errorUrl: this.errorUrl(),
    };
  }

  private errorUrl(): string | undefined {
    const lines = this.run?.errorLines ?? [];
    if (lines.length === 0) return undefined;
    return this.context.errorUrl(lines);
  }

  /** Rolls the transaction back, so that the label is free again, and says why. */
  private async fail(error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (this.groupCommit === 'off_mode') await this.rollBack(failure.message);
    const refusal = error instanceof TransactionRefused ? error.refusal : undefined;
    const reply =
      refusal?.kind === 'label-used'
        ? this.reply({
            status: 'Label Already Exists',
            message: failure.message,
            existingJobStatus: existingJobStatus(refusal.transaction.state),
          })
        : this.reply({ status: 'Fail', message: failure.message });
    const text = streamLoadReply(reply);
    if (this.bodyStarted) send(this.exchange.response, text);
    else await replyUnread(this.exchange, 200, { 'Content-Type': 'application/json' }, text);
  }

  private async rollBack(reason: string): Promise<void> {
    if (this.transaction === undefined || this.concluded || this.context.leaderAddress() === undefined) return;
    try {
      await this.context.loads.abort(this.database, this.transaction.id, reason);
    } catch (error) {
      // It is over already: timed out, or aborted by a restart of the backend.
      if (!(error instanceof TransactionRefused)) throw error;
    }
  }
}

function failureOf(error: unknown): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof TransactionRefused) return refusalFailure(error.refusal);
  if (error instanceof DatabaseError) return relayed(error.message);
  return new LoadFailure('INTERNAL_ERROR', error instanceof Error ? error.message : String(error));
}
