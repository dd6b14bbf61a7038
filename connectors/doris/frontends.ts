/**
 * The front ends of a Doris cluster: any of them answers, the last one that did is asked first. They know the back
 * ends, the labels and the tables. They also decide who is told the password: no redirect is followed to a host that is
 * neither a front end of the configuration, nor a back end that a front end lists, nor allowed by name.
 */
import { type Clock, systemClock } from '../../connect/clock.js';
import { type ErrorContext, SluiceError } from '../../connect/errors.js';
import type { LabelState } from '../sink-driver.js';
import type { DorisSinkConfig } from './config.js';
import { type Address, addressName, type DorisTransport, parseAddress, type Redirect } from './http.js';
import { excerpt, frontendError, type HttpReply, LOOK_AT_ADDRESS, parseObject } from './replies.js';

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
  private readonly frontends: readonly Address[];
  private backends: { readonly addresses: readonly Address[]; readonly atMs: number } | undefined;
  private nextBackend = 0;

  constructor(
    private readonly http: DorisTransport,
    private readonly config: Pick<
      DorisSinkConfig,
      'frontends' | 'autoRedirect' | 'redirectAllowedHosts' | 'addressMap'
    >,
    private readonly clock: Pick<Clock, 'nowMs'> = systemClock,
  ) {
    this.frontends = config.frontends.map(({ host, httpPort }) => ({ host, port: httpPort }));
  }

  /** The back end to send a load to, and the path there. */
  async locate(path: string, headers: Readonly<Record<string, string>>, question: Question): Promise<Redirect> {
    if (!this.config.autoRedirect) return { ...(await this.anyBackend(question)), path };
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
        if (!this.isFrontend(reply)) return this.followed(reply, question);
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
    throw new SluiceError('SINK_PROTOCOL', `Doris tells a state of the label that is not known: ${excerpt(state)}`, {
      retryable: true,
      context: question.context,
      hint: 'It is tried again; if it goes on, this version of Doris is newer than Sluice knows.',
    });
  }

  /** Posts a statement that may be posted again; gives the `data` of the answer. */
  run(path: string, statement: object, question: Question & { readonly readTimeoutMs: number }): Promise<unknown> {
    return this.ask(path, question, statement);
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

  /**
   * The redirect, at the address that it can be reached at, when the password may be sent there.
   *
   * @throws SluiceError SINK_REDIRECT_REFUSED, or that of the front ends, retryable, when they do not say which back
   * ends there are
   */
  async followed(redirect: Redirect, question: Question): Promise<Redirect> {
    const mapped = this.mapped(redirect);
    if (mapped !== undefined) return { ...redirect, ...mapped };
    if (this.isAllowed(redirect)) return redirect;
    if (isHostAmong(await this.liveBackends(question), redirect)) return redirect;
    // One that has joined since, or that this front end takes for dead.
    if (isHostAmong(await this.listBackends('/api/backends?is_alive=false', question), redirect)) return redirect;
    throw redirectRefused(redirect, question.context);
  }

  /** Where an address is reached that may have the password: the same rule, for one that need not be asked. */
  async trusted(address: Address, question: Question): Promise<Address | undefined> {
    const mapped = this.mapped(address);
    if (mapped !== undefined) return mapped;
    const isTrusted = this.isAllowed(address) || isHostAmong(await this.liveBackends(question), address);
    return isTrusted ? address : undefined;
  }

  /** The live back ends as a front end lists them; remembered for some seconds. */
  async liveBackends(question: Question): Promise<readonly Address[]> {
    if (this.backends !== undefined && this.clock.nowMs() - this.backends.atMs < BACKENDS_TTL_MS)
      return this.backends.addresses;
    const addresses = await this.listBackends('/api/backends?is_alive=true', question);
    if (addresses.length === 0) {
      throw new SluiceError('SINK_UNAVAILABLE', 'Doris lists no back end that is alive.', {
        retryable: true,
        context: question.context,
        hint: 'Loads wait until one is up: see SHOW BACKENDS.',
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

  private async listBackends(path: string, question: Question): Promise<readonly Address[]> {
    const { backends } = asObject(await this.ask(path, question));
    const listed = Array.isArray(backends) ? backends.map(asObject) : [];
    const addresses = listed.map(backendAddress).filter((address) => address !== undefined);
    return addresses.map((address) => this.mapped(address) ?? address);
  }

  /** As the user has mapped it; undefined where no mapping is for this address. */
  private mapped({ host, port }: Address): Address | undefined {
    const found = this.config.addressMap.find(
      ({ from }) => isSameHost(from.host, host) && (from.httpPort ?? port) === port,
    );
    return found === undefined ? undefined : { host: found.to.host, port: found.to.httpPort ?? port };
  }

  /** The `data` of a front end's answer. Only front ends answer questions, so back ends are not asked for here. */
  private ask(path: string, question: Question, statement?: object): Promise<unknown> {
    const text = statement === undefined ? undefined : Buffer.from(JSON.stringify(statement));
    const call =
      text === undefined
        ? ({ method: 'GET' } as const)
        : ({
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: { chunks: [text], sizeBytes: text.length },
          } as const);
    return this.anyFrontend(question, async (frontend) => {
      let from: Address = frontend;
      let at = path;
      for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
        const reply = await this.http.send(from, {
          readTimeoutMs: QUESTION_TIMEOUT_MS,
          ...question,
          ...call,
          path: at,
        });
        if (!isRedirect(reply)) return dataOf(reply, question.context);
        if (!this.isAllowed(reply)) throw redirectRefused(reply, question.context);
        from = reply;
        at = reply.path;
      }
      throw redirectLoop(frontend, question.context);
    });
  }

  /** Tries the front ends in turn until one answers; an answer that is an error is an answer. */
  async anyFrontend<T>({ context, signal }: Question, call: (frontend: Address) => Promise<T>): Promise<T> {
    const failures: SluiceError[] = [];
    for (let turn = 0; turn < this.frontends.length; turn++) {
      const index = (this.preferred + turn) % this.frontends.length;
      const frontend = this.frontends[index];
      if (frontend === undefined) break;
      try {
        const result = await call(frontend);
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
    return this.frontends.some((frontend) => frontend.host === host && frontend.port === port);
  }

  private isAllowed(address: Address): boolean {
    const { redirectAllowedHosts } = this.config;
    return (
      isHostAmong(this.frontends, address) ||
      redirectAllowedHosts.some(
        ({ host, httpPort = address.port }) => isSameHost(host, address.host) && httpPort === address.port,
      )
    );
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
    hint: LOOK_AT_ADDRESS,
  });
}

function redirectRefused(to: Address, context: ErrorContext): SluiceError {
  const address = addressName(to);
  return new SluiceError(
    'SINK_REDIRECT_REFUSED',
    `Doris redirects to ${address}, which is neither a front end of doris.urls nor a back end that the front ends list: the password is not sent there.`,
    {
      context: { ...context, key: 'doris.redirect.allowed.hosts' },
      hint: `If ${address} belongs to the cluster, add it to doris.redirect.allowed.hosts, then restart the connector.`,
    },
  );
}

/** By host alone: the servers of one machine have several ports, and a port may be mapped on the way. */
function isHostAmong(addresses: readonly Address[], { host }: Address): boolean {
  return addresses.some((address) => isSameHost(address.host, host));
}

function isSameHost(one: string, other: string): boolean {
  return hostName(one) === hostName(other);
}

/** Names differ in neither case nor a final dot, and a machine calls itself by several. */
function hostName(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name) ? 'localhost' : name;
}

/** Undefined for what is no address. */
function backendAddress({ ip, http_port }: Record<string, unknown>): Address | undefined {
  return typeof ip === 'string' ? parseAddress(addressName({ host: ip, port: Number(http_port) })) : undefined;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
