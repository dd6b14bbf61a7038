/**
 * The front ends of a Doris cluster: any of them answers, the last one that did is asked first. They know the back
 * ends, the labels and the tables.
 */
import { type Clock, systemClock } from '../../connect/clock.js';
import { type ErrorContext, SluiceError } from '../../connect/errors.js';
import type { LabelState } from '../sink-driver.js';
import type { Frontend } from './config.js';
import { type Address, addressName, type DorisTransport, type Redirect } from './http.js';
import { frontendError, type HttpReply, parseObject } from './replies.js';

/** Questions to a front end are answered from memory. */
const QUESTION_TIMEOUT_MS = 30_000;
const BACKENDS_TTL_MS = 10_000;
const MAX_REDIRECTS = 3;
const LABEL_STATES: readonly string[] = ['PREPARE', 'PRECOMMITTED', 'COMMITTED', 'VISIBLE', 'ABORTED', 'UNKNOWN'];

interface Question {
  readonly context: ErrorContext;
  readonly signal: AbortSignal;
}

export interface TableSchema {
  readonly keysType: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export class Frontends {
  private preferred = 0;
  private backends: { readonly addresses: readonly Address[]; readonly atMs: number } | undefined;
  private nextBackend = 0;

  constructor(
    private readonly http: DorisTransport,
    private readonly frontends: readonly Frontend[],
    private readonly autoRedirect: boolean,
    private readonly clock: Pick<Clock, 'nowMs'> = systemClock,
  ) {}

  /** The back end to send a load to, and the path there. */
  async locate(path: string, headers: Readonly<Record<string, string>>, question: Question): Promise<Redirect> {
    if (!this.autoRedirect) return { ...(await this.anyBackend(question)), path };
    return this.anyFrontend(question, async (frontend) => {
      let from: Address = frontend;
      let at = path;
      for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
        const reply = await this.http.hop(from, {
          method: 'PUT',
          path: at,
          headers,
          ...question,
          readTimeoutMs: QUESTION_TIMEOUT_MS,
        });
        if (!isRedirect(reply))
          throw frontendError(parseObject(reply, question.context), { ...question.context, host: reply.host });
        if (!this.isFrontend(reply)) return reply;
        from = reply;
        at = reply.path;
      }
      throw redirectLoop(frontend, question.context);
    });
  }

  /** `GET /api/{db}/get_load_state`: of several transactions with one label the newest counts. */
  async labelState(database: string, label: string, question: Question): Promise<LabelState> {
    const path = `/api/${encodeURIComponent(database)}/get_load_state?label=${encodeURIComponent(label)}`;
    const state = String(await this.ask(path, question));
    if (LABEL_STATES.includes(state)) return state as LabelState;
    throw new SluiceError('SINK_PROTOCOL', `Doris tells a state of the label that is not known: ${state}`, {
      retryable: true,
      context: question.context,
    });
  }

  /** `GET /api/{db}/{table}/_schema`. Throws SINK_TABLE_UNKNOWN when there is no such table. */
  async schema(database: string, table: string, question: Question): Promise<TableSchema> {
    const data = await this.ask(`/api/${encodeURIComponent(database)}/${encodeURIComponent(table)}/_schema`, question);
    const { keysType, properties } = asObject(data);
    const columns = Array.isArray(properties) ? properties.map(asObject) : [];
    return {
      keysType: String(keysType ?? ''),
      columns: columns.map(({ name, type }) => ({ name: String(name), type: String(type) })),
    };
  }

  /** The live back ends as a front end lists them; remembered for some seconds. */
  async liveBackends(question: Question): Promise<readonly Address[]> {
    if (this.backends !== undefined && this.clock.nowMs() - this.backends.atMs < BACKENDS_TTL_MS)
      return this.backends.addresses;
    const { backends } = asObject(await this.ask('/api/backends?is_alive=true', question));
    const listed = Array.isArray(backends) ? backends.map(asObject) : [];
    const addresses = listed.map(({ ip, http_port }) => ({ host: String(ip), port: Number(http_port) }));
    if (addresses.length === 0) {
      throw new SluiceError('SINK_UNAVAILABLE', 'Doris lists no back end that is alive.', {
        retryable: true,
        context: question.context,
      });
    }
    this.backends = { addresses, atMs: this.clock.nowMs() };
    return addresses;
  }

  /** Forgets what is known of the back ends: one of them did not answer. */
  forgetBackends(): void {
    this.backends = undefined;
  }

  /** Live back ends in turn. */
  async anyBackend(question: Question): Promise<Address> {
    const addresses = await this.liveBackends(question);
    const chosen = addresses[this.nextBackend++ % addresses.length];
    if (chosen === undefined) throw new RangeError('an empty list of back ends');
    return chosen;
  }

  /** The `data` of a front end's answer. */
  private ask(path: string, question: Question): Promise<unknown> {
    return this.anyFrontend(question, async (frontend) => {
      let from: Address = frontend;
      let at = path;
      for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
        const reply = await this.http.send(from, {
          method: 'GET',
          path: at,
          ...question,
          readTimeoutMs: QUESTION_TIMEOUT_MS,
        });
        if (!isRedirect(reply)) return dataOf(reply, question.context);
        from = reply;
        at = reply.path;
      }
      throw redirectLoop(frontend, question.context);
    });
  }

  /** Tries the front ends in turn until one answers; an answer that is an error is an answer. */
  private async anyFrontend<T>({ context, signal }: Question, call: (frontend: Address) => Promise<T>): Promise<T> {
    const failures: SluiceError[] = [];
    for (let turn = 0; turn < this.frontends.length; turn++) {
      const index = (this.preferred + turn) % this.frontends.length;
      const frontend = this.frontends[index];
      if (frontend === undefined) break;
      try {
        const result = await call({ host: frontend.host, port: frontend.httpPort });
        this.preferred = index;
        return result;
      } catch (error) {
        if (!(error instanceof SluiceError) || !mayAskAnother(error) || signal.aborted) throw error;
        failures.push(error);
      }
    }
    const [first] = failures;
    if (first !== undefined && failures.length === 1) throw first;
    const told = failures.map((failure) => `${failure.context.host ?? '?'}: ${failure.message}`).join('; ');
    throw new SluiceError('SINK_UNREACHABLE', `No Doris FE is available: ${told}`, {
      retryable: true,
      context,
      cause: first,
      hint: 'Check doris.urls and doris.http.port, and that the front ends are up.',
    });
  }

  private isFrontend({ host, port }: Address): boolean {
    return this.frontends.some((frontend) => frontend.host === host && frontend.httpPort === port);
  }
}

export function isRedirect(reply: Redirect | HttpReply): reply is Redirect {
  return 'port' in reply;
}

function mayAskAnother({ code }: SluiceError): boolean {
  return (
    code === 'SINK_UNREACHABLE' || code === 'SINK_TIMEOUT' || code === 'SINK_UNAVAILABLE' || code === 'SINK_PROTOCOL'
  );
}

function dataOf(reply: HttpReply, context: ErrorContext): unknown {
  const fields = parseObject(reply, context);
  if (fields.code === 0 || fields.code === '0') return fields.data;
  throw frontendError(fields, { ...context, host: reply.host });
}

function redirectLoop(from: Address, context: ErrorContext): SluiceError {
  return new SluiceError('SINK_PROTOCOL', `Doris redirects in a circle, beginning at ${addressName(from)}.`, {
    retryable: true,
    context,
  });
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
