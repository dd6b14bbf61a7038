/**
 * SQL over the MySQL port of the front ends, for the few questions that HTTP does not answer. A connection is opened
 * for each statement: there are few of them, and none is left open on a front end for hours.
 */
import { isIP } from 'node:net';
import { checkServerIdentity, TLSSocket } from 'node:tls';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import { type ErrorContext, SluiceError } from '../../connect/errors.js';
import { type TlsOptions, tlsOptions } from './config/tls.js';
import type { DorisSinkConfig } from './config.js';
import { addressName } from './http.js';
import { errorOf } from './replies.js';

/** What a statement may take; none of those that are sent here works on rows. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** A row by the names of its columns, every value as text. */
export type SqlRow = Readonly<Record<string, string | null>>;

/** What the driver needs of the MySQL port; `DorisSql` in production. */
export interface SqlQuestions {
  /** Runs one statement at the first front end that answers; `?` stand for the parameters. */
  query(sql: string, parameters: readonly string[], question: SqlQuestion): Promise<readonly SqlRow[]>;
}

export interface SqlQuestion {
  readonly context: ErrorContext;
  readonly signal: AbortSignal;
  /** Called when everything is ready, right before the statement is sent; what it throws is thrown. */
  readonly beforeSending?: () => void;
  readonly timeoutMs?: number;
}

type SqlConfig = Pick<DorisSinkConfig, 'frontends' | 'user' | 'password' | 'connectTimeoutMs' | 'tls'>;

export class DorisSql implements SqlQuestions {
  private readonly tls: TlsOptions | undefined;

  constructor(private readonly config: SqlConfig) {
    this.tls = tlsOptions(config.tls, 'mysql');
  }

  /**
   * @throws SluiceError SINK_UNREACHABLE, retryable, when no front end answers; else in the words of Doris
   */
  async query(
    sql: string,
    parameters: readonly string[],
    { context, signal, ...options }: SqlQuestion,
  ): Promise<readonly SqlRow[]> {
    const failures: string[] = [];
    for (const { host, queryPort } of this.config.frontends) {
      if (signal.aborted) break;
      const at = addressName({ host, port: queryPort });
      try {
        return await this.ask({ host, port: queryPort }, sql, parameters, { signal, ...options });
      } catch (error) {
        if (error instanceof SluiceError) throw error;
        if (isAnswer(error)) throw errorOf(error.sqlMessage, { ...context, host: at });
        failures.push(`${at}: ${reasonOf(error)}`);
      }
    }
    if (signal.aborted)
      throw new SluiceError('CANCELLED', 'The statement was cancelled.', { context, retryable: true });
    throw new SluiceError('SINK_UNREACHABLE', `No Doris FE answers on its MySQL port: ${failures.join('; ')}`, {
      retryable: true,
      context,
      hint: 'It is tried again; check doris.urls, doris.query.port and, with doris.enable.tls, the certificate of the MySQL port.',
    });
  }

  private async ask(
    to: { readonly host: string; readonly port: number },
    sql: string,
    parameters: readonly string[],
    { signal, beforeSending, timeoutMs = STATEMENT_TIMEOUT_MS }: Omit<SqlQuestion, 'context'>,
  ): Promise<readonly SqlRow[]> {
    const { connectTimeoutMs } = this.config;
    const connecting = createConnection(this.optionsFor(to));
    const connection = await within(connectTimeoutMs, signal, connecting).catch((error: unknown) => {
      connecting.then((late) => late.destroy()).catch(() => undefined);
      throw error;
    });
    try {
      this.checkAddress(connection, to.host);
      beforeSending?.();
      const [rows] = await within(timeoutMs, signal, connection.query(sql, [...parameters]));
      return Array.isArray(rows) ? (rows as SqlRow[]) : [];
    } finally {
      connection.destroy();
    }
  }

  private optionsFor({ host, port }: { readonly host: string; readonly port: number }): ConnectionOptions {
    const { user, password, connectTimeoutMs } = this.config;
    return {
      host,
      port,
      user,
      password: password.reveal(),
      connectTimeout: connectTimeoutMs,
      typeCast: (field) => field.string('utf8'),
      ...(this.tls === undefined
        ? {}
        : {
            ssl: {
              ...(this.tls.ca === undefined ? {} : { ca: String(this.tls.ca) }),
              rejectUnauthorized: true,
              verifyIdentity: this.config.tls?.verifyHostname === true && isIP(host) === 0,
            },
          }),
    };
  }

  /** The client library checks names only. (Of the password nothing but a hash under a nonce has been sent by now.) */
  private checkAddress(connection: Connection, host: string): void {
    if (this.tls === undefined || this.config.tls?.verifyHostname !== true || isIP(host) === 0) return;
    const { stream } = connection as unknown as { stream?: unknown };
    const { stream: inner } = Object((connection as unknown as { connection?: unknown }).connection) as {
      stream?: unknown;
    };
    const socket = [stream, inner].find((candidate) => candidate instanceof TLSSocket);
    const wrong =
      socket instanceof TLSSocket
        ? checkServerIdentity(host, socket.getPeerCertificate())
        : new Error('the connection is not encrypted');
    if (wrong !== undefined) throw wrong;
  }
}

/** The client library's own time-outs outlive a connection that breaks, and what it destroys never answers. */
async function within<T>(timeoutMs: number, signal: AbortSignal, answer: Promise<T>): Promise<T> {
  // It may come when nobody waits for it any more.
  answer.catch(() => undefined);
  let giveUp = (): void => undefined;
  const given = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error(signal.aborted ? 'cancelled' : `no answer within ${timeoutMs} ms`));
  });
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([answer, given]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** The server's own refusal of the statement or of the login, which another front end would give too. */
function isAnswer(error: unknown): error is Error & { sqlMessage: string } {
  return typeof (Object(error) as { sqlMessage?: unknown }).sqlMessage === 'string';
}

function reasonOf(error: unknown): string {
  const { message, code } = Object(error) as { message?: unknown; code?: unknown };
  return [message, code].find((words) => typeof words === 'string' && words !== '')?.toString() ?? String(error);
}
