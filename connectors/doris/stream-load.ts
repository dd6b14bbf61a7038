/** Stream Load: sends the rows of one load to a back end, under a label, and reads what became of them. */
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { SluiceError } from '../../connect/errors.js';
import { RowsRejected } from '../rows-rejected.js';
import type { Load, LoadBody, PreparedLoad } from '../sink-driver.js';
import type { DorisSinkConfig } from './config.js';
import { type Frontends, isRedirect } from './frontends.js';
import { addressName, type DorisTransport } from './http.js';
import { errorOf, LOOK_AT_ADDRESS, type LoadReply, loadReply, relatedTransaction } from './replies.js';
import type { SqlQuestions } from './sql.js';
import { knowsGzip, serverVersion } from './version.js';

const MAX_REDIRECTS = 3;
const PACKED_CHUNK_BYTES = 256 << 10;
/** So much of an error log is told with an error; the spaces within its rows stay, so that they can be searched for. */
const TOLD_LINES = 5;
const TOLD_CHARACTERS = 600;
const MAX_LOG_CHARACTERS = 4 << 20;

/** A trial is to find every bad row, also where the user lets some of them go. */
const STRICT = { max_filter_ratio: '0' };

export type LoadOutcome =
  | { readonly kind: 'prepared'; readonly load: PreparedLoad }
  /** The label belongs to a transaction already. */
  | { readonly kind: 'exists'; readonly state: string; readonly transactionId: string | undefined };

export class StreamLoad {
  constructor(
    private readonly http: DorisTransport,
    private readonly frontends: Frontends,
    private readonly config: Pick<DorisSinkConfig, 'headers' | 'load' | 'twoPhaseCommit' | 'readTimeoutMs'>,
    /** Absent where there is no MySQL port to ask: then nothing is compressed unasked. */
    private readonly sql?: SqlQuestions,
  ) {}

  private knowsGzip: boolean | undefined;

  /** One attempt. A failure on the way says nothing about the outcome: the caller asks by label before the next. */
  async run(load: Load, signal: AbortSignal): Promise<LoadOutcome> {
    const { database, table, label } = load;
    const context = { table: `${database}.${table}`, label };
    const isPacked = await this.isPacked(signal);
    const headers = { ...this.headersFor(load, isPacked), ...(load.isTrial === true ? STRICT : {}) };
    const body = isPacked ? await this.encoded(load.body) : load.body;
    const path = `/api/${encodeURIComponent(database)}/${encodeURIComponent(table)}/_stream_load`;
    let target = await this.frontends.locate(path, headers, { context, signal });
    for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
      const call = { method: 'PUT', path: target.path, headers, body, signal, context } as const;
      const reply = await this.sendTo(target, call);
      if (isRedirect(reply)) {
        target = await this.frontends.followed(reply, { context, signal });
        continue;
      }
      const host = addressName(target);
      return this.outcome(load, loadReply(reply, { ...context, host }), host, signal);
    }
    throw new SluiceError('SINK_PROTOCOL', 'Doris redirects the load in a circle.', {
      retryable: true,
      context,
      hint: LOOK_AT_ADDRESS,
    });
  }

  private async sendTo(
    ...[target, call]: [
      Parameters<DorisTransport['send']>[0],
      Omit<Parameters<DorisTransport['send']>[1], 'readTimeoutMs'>,
    ]
  ) {
    try {
      return await this.http.send(target, { ...call, readTimeoutMs: this.config.readTimeoutMs });
    } catch (error) {
      this.frontends.forgetBackends();
      throw error;
    }
  }

  private headersFor({ label, columns, isFinal }: Load, isPacked: boolean): Record<string, string> {
    const { load, twoPhaseCommit } = this.config;
    const packed = isPacked ? { ...this.config.headers, compress_type: 'gz' } : this.config.headers;
    const headers = columns === undefined ? packed : partialUpdate(packed, columns);
    if (load.groupCommit !== 'off_mode') return headers;
    return { ...headers, label, two_phase_commit: String(twoPhaseCommit && isFinal !== true) };
  }

  /** As the user says; without a word of theirs, where the server reads it. It is asked once. */
  private async isPacked(signal: AbortSignal): Promise<boolean> {
    const { compression, format } = this.config.load;
    if (compression !== 'auto') return compression === 'gz';
    if (this.sql === undefined) return false;
    const known = this.knowsGzip ?? knowsGzip(await serverVersion(this.sql, signal), format);
    this.knowsGzip = known;
    return known;
  }

  private async encoded(body: LoadBody): Promise<{ chunks: readonly Buffer[]; sizeBytes: number }> {
    // Chunk by chunk: a copy of the whole body would be memory that no budget knows of.
    const chunks: Buffer[] = [];
    const gzip = createGzip({ level: 1, chunkSize: PACKED_CHUNK_BYTES });
    await pipeline(body.chunks, gzip, async (packed: AsyncIterable<Buffer>) => {
      for await (const chunk of packed) chunks.push(chunk);
    });
    return { chunks, sizeBytes: chunks.reduce((sum, { length }) => sum + length, 0) };
  }

  private async outcome(load: Load, reply: LoadReply, host: string, signal: AbortSignal): Promise<LoadOutcome> {
    const { database, table, label } = load;
    if (reply.status === 'Success' || reply.status === 'Publish Timeout') {
      const { transactionId, loadedRows, filteredRows, twoPhase } = reply;
      return {
        kind: 'prepared',
        load: {
          database,
          table,
          label,
          host,
          ...(transactionId === undefined ? {} : { transactionId }),
          state: twoPhase ? 'PRECOMMITTED' : 'COMMITTED',
          rows: loadedRows,
          filteredRows,
          sizeBytes: load.body.sizeBytes,
        },
      };
    }
    if (reply.status === 'Label Already Exists') {
      return {
        kind: 'exists',
        state: reply.existingJobStatus ?? '',
        transactionId: relatedTransaction(reply.message),
      };
    }
    throw await this.rejection(load, reply, host, signal);
  }

  private async rejection(
    { database, table, label }: Load,
    reply: LoadReply,
    host: string,
    signal: AbortSignal,
  ): Promise<SluiceError> {
    const { errorUrl, firstError, message, transactionId, totalRows, filteredRows } = reply;
    const errorLog = errorUrl === undefined ? '' : await this.errorLog(errorUrl, signal);
    const logged = firstLines(errorLog);
    const context = {
      table: `${database}.${table}`,
      label,
      host,
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(errorUrl === undefined ? {} : { errorUrl }),
    };
    const refusal = errorOf(message, context, logged === '' ? firstError : logged);
    if (refusal.code !== 'SINK_ROWS_REJECTED') return refusal;
    return new RowsRejected(refusal, { totalRows, filteredRows, errorLog: errorLog || (firstError ?? '') });
  }

  /** What is behind an ErrorURL, in the database's own words; empty when it cannot be had. */
  private async errorLog(errorUrl: string, signal: AbortSignal): Promise<string> {
    const match = /^https?:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+):(\d+)(\/.*)$/.exec(errorUrl);
    if (match === null) return '';
    const [, host = '', port = '', path = ''] = match;
    try {
      const named = { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
      const to = await this.frontends.trusted(named, { context: {}, signal });
      if (to === undefined) return '';
      const reply = await this.http.send(to, { method: 'GET', path, signal, readTimeoutMs: 10_000, context: {} });
      return isRedirect(reply) || reply.status !== 200 ? '' : reply.body.slice(0, MAX_LOG_CHARACTERS);
    } catch {
      return '';
    }
  }
}

/** None of its rows deletes, so that the sign need not be looked for. */
function partialUpdate(
  { hidden_columns: _, ...headers }: Readonly<Record<string, string>>,
  columns: readonly string[],
): Record<string, string> {
  const names = columns.map((name) => `\`${name}\``).join(',');
  return { ...headers, partial_columns: 'true', columns: names };
}

function firstLines(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const told = lines
    .slice(0, TOLD_LINES)
    .map((line) => line.trim())
    .join(' ');
  return told.length <= TOLD_CHARACTERS ? told : `${told.slice(0, TOLD_CHARACTERS)}…`;
}
