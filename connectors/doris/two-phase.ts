/** Commit and abort of precommitted transactions, at the back end that has them, else at any other. */
import { SluiceError } from '../../connect/errors.js';
import type { AbortResult, CommitResult, LabelState, PreparedLoad } from '../sink-driver.js';
import { type Frontends, isRedirect } from './frontends.js';
import { type Address, type DorisTransport, parseAddress } from './http.js';
import { LOOK_AT_ADDRESS, type TwoPhaseAnswer, twoPhaseAnswer } from './replies.js';

/** A commit is a change of metadata; it waits for locks at most. */
const REPLY_TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 3;

export class TwoPhase {
  constructor(
    private readonly http: DorisTransport,
    private readonly frontends: Frontends,
  ) {}

  /** By number only: a label can have come to stand for another transaction since. */
  async commit(load: PreparedLoad, signal: AbortSignal): Promise<CommitResult> {
    if (load.transactionId === undefined) return (await this.isCommitted(load, signal)) ? 'committed' : 'unknown';
    const answer = await this.finish(load, 'commit', signal);
    if (answer === 'done' || answer === 'already committed') return 'committed';
    if (answer === 'already aborted') return 'aborted';
    if (answer === 'not found') return (await this.isCommitted(load, signal)) ? 'committed' : 'unknown';
    throw this.busy(load);
  }

  async abort(load: PreparedLoad, signal: AbortSignal): Promise<AbortResult> {
    const answer = await this.finish(load, 'abort', signal);
    if (answer === 'already committed') return 'committed';
    if (answer !== 'not found') return 'aborted';
    const state = await this.labelState(load, signal);
    if (state === 'COMMITTED' || state === 'VISIBLE') return 'committed';
    // An aborted label says nothing of a transaction that was another one.
    return state === 'ABORTED' && load.transactionId === undefined ? 'aborted' : 'unknown';
  }

  /** The transaction is no longer known by its number; its label may still be. */
  private async isCommitted(load: PreparedLoad, signal: AbortSignal): Promise<boolean> {
    const state = await this.labelState(load, signal);
    return state === 'COMMITTED' || state === 'VISIBLE';
  }

  private labelState({ database, label, table }: PreparedLoad, signal: AbortSignal): Promise<LabelState> {
    return this.frontends.labelState(database, label, { context: { label, table: `${database}.${table}` }, signal });
  }

  /** By transaction id where there is one: a second commit by label alone could not be told from an unknown one. */
  private async finish(
    load: PreparedLoad,
    operation: 'commit' | 'abort',
    signal: AbortSignal,
  ): Promise<TwoPhaseAnswer> {
    const { database, table, label, transactionId, host } = load;
    const context = {
      table: `${database}.${table}`,
      label,
      ...(transactionId === undefined ? {} : { transactionId }),
    };
    const call = {
      method: 'PUT',
      path: `/api/${encodeURIComponent(database)}/_stream_load_2pc`,
      headers: {
        txn_operation: operation,
        ...(transactionId === undefined ? { label } : { txn_id: transactionId }),
      },
      body: { chunks: [Buffer.alloc(0)], sizeBytes: 0 },
      signal,
      context,
      readTimeoutMs: REPLY_TIMEOUT_MS,
    } as const;
    let target =
      (host === undefined ? undefined : parseAddress(host)) ?? (await this.frontends.anyBackend({ context, signal }));
    let elsewhere = false;
    for (let turn = 0; turn < MAX_REDIRECTS; turn++) {
      try {
        const reply = await this.http.send(target, call);
        if (!isRedirect(reply)) return twoPhaseAnswer(reply, context);
        target = await this.frontends.followed(reply, { context, signal });
      } catch (error) {
        if (elsewhere || !isNoAnswer(error)) throw error;
        elsewhere = true;
        target = await this.another(target, { context, signal });
      }
    }
    throw new SluiceError('SINK_PROTOCOL', `Doris redirects the ${operation} in a circle.`, {
      retryable: true,
      context,
      hint: LOOK_AT_ADDRESS,
    });
  }

  private async another(than: Address, question: Parameters<Frontends['anyBackend']>[0]): Promise<Address> {
    this.frontends.forgetBackends();
    const live = await this.frontends.liveBackends(question);
    return live.find(({ host, port }) => host !== than.host || port !== than.port) ?? than;
  }

  private busy({ label, database, table }: PreparedLoad): SluiceError {
    return new SluiceError('SINK_LABEL_BUSY', 'Doris: the transaction is still being prepared.', {
      retryable: true,
      context: { label, table: `${database}.${table}` },
      hint: 'It is tried again until the load is there, or Doris has given it up.',
    });
  }
}

/** Both operations are idempotent: where an answer is missing, another back end may be asked the same. */
function isNoAnswer(error: unknown): boolean {
  if (!(error instanceof SluiceError)) return false;
  return error.code === 'SINK_UNREACHABLE' || error.code === 'SINK_TIMEOUT' || error.code === 'SINK_UNAVAILABLE';
}
