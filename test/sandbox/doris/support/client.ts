/** A bare HTTP client for protocol tests: nothing is followed, repaired or retried. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { DorisDouble, DorisDoubleOptions } from '../../../../sandbox/doris/double.js';
import { startDorisDouble } from '../../../../sandbox/doris/double.js';
import type { ColumnDefinition, ColumnType, TableModel } from '../../../../sandbox/olap/model.js';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Whether the server said `100 Continue` before. */
  readonly continued: boolean;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** No Content-Length: the body is sent in chunks. */
  readonly chunked?: boolean;
  readonly user?: string | null;
  readonly password?: string;
  readonly signal?: AbortSignal;
}

/** Sends the body only after `100 Continue` when the call has an Expect header. */
export function call(url: string, options: Call = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body, chunked = false, user = 'root', password = '', signal } = options;
  const framing = chunked
    ? { 'Transfer-Encoding': 'chunked' }
    : { 'Content-Length': String(Buffer.byteLength(body ?? '')) };
  const authorization = user === null ? {} : { Authorization: `Basic ${btoa(`${user}:${password}`)}` };
  return new Promise((resolve, reject) => {
    let continued = false;
    const request = httpRequest(url, {
      method,
      agent: false,
      headers: { ...authorization, ...(body === undefined && method === 'GET' ? {} : framing), ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
    request.on('continue', () => {
      continued = true;
      request.end(body);
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
          continued,
        });
        request.destroy();
      });
    });
    if (headers.Expect === undefined) request.end(body);
    else request.flushHeaders();
  });
}

export function column(name: string, type: ColumnType, extra: Partial<ColumnDefinition> = {}): ColumnDefinition {
  return { name, type, nullable: true, key: false, comment: '', ...extra };
}

export interface TestDouble {
  readonly double: DorisDouble;
  /** Stream Load straight to the backend. */
  load(body: string | Buffer, headers?: Record<string, string>, call?: Call): Promise<Reply>;
  /** The same, parsed. */
  loadJson(body: string | Buffer, headers?: Record<string, string>, call?: Call): Promise<Record<string, unknown>>;
  twoPhase(headers: Record<string, string>): Promise<Reply>;
  state(label: string): Promise<unknown>;
  rows(sql?: string): Promise<readonly (readonly (string | null)[])[]>;
}

/** A double with table `db.t (id BIGINT, name VARCHAR(10))`. */
export async function startTestDouble(
  options: DorisDoubleOptions = {},
  model: TableModel = 'DUPLICATE',
): Promise<TestDouble> {
  const double = await startDorisDouble(options);
  await double.engine.createDatabase('db');
  const columns = [
    column('id', { base: 'BIGINT' }, { key: true, nullable: false }),
    column('name', { base: 'VARCHAR', length: 10 }),
  ];
  await double.engine.createTable({
    database: 'db',
    name: 't',
    model,
    keys: ['id'],
    columns,
    distribution: 'HASH(`id`) BUCKETS 1',
    properties: {},
    comment: '',
  });
  const be = `http://127.0.0.1:${double.bePort}`;
  const load: TestDouble['load'] = (body, headers = {}, options = {}) =>
    call(`${be}/api/db/t/_stream_load`, {
      method: 'PUT',
      body,
      ...options,
      headers: { Expect: '100-continue', format: 'json', ...headers },
    });
  return {
    double,
    load,
    loadJson: async (...parameters) => JSON.parse((await load(...parameters)).text) as Record<string, unknown>,
    twoPhase: (headers) => call(`${be}/api/db/_stream_load_2pc`, { method: 'PUT', body: '', headers }),
    async state(label) {
      const reply = await call(`${double.feUrl}/api/db/get_load_state?label=${label}`);
      return (JSON.parse(reply.text) as { data: unknown }).data;
    },
    rows: async (sql = 'SELECT * FROM db.t ORDER BY ALL') => (await double.engine.query(sql, {})).rows,
  };
}
