/** The sink of the benchmarks: a Doris double that counts and discards, its counters, and the tables it is loaded into. */
import { once } from 'node:events';
import { SluiceError } from '../connect/errors.js';
import { startDorisDouble } from '../sandbox/doris/double.js';
import type { LoadTotals } from '../sandbox/doris/stats.js';

export const DATABASE = 'bench';

/** What a sink that counts does not need, but a connector asks for. */
const TABLES = {
  rows: '(id BIGINT, first_name VARCHAR(64), last_name VARCHAR(64), note STRING) DUPLICATE KEY(id)',
  people:
    '(id BIGINT, given_name VARCHAR(64), family_name VARCHAR(64), note STRING, source VARCHAR(64)) DUPLICATE KEY(id)',
  orders:
    '(order_id BIGINT, customer VARCHAR(64), quantity INT, price DOUBLE, paid BOOLEAN, note STRING) DUPLICATE KEY(order_id)',
  customers:
    '(id BIGINT, first_name VARCHAR(64), last_name VARCHAR(64), email VARCHAR(64), balance DECIMAL(12,2), created_at DATETIME(3)) UNIQUE KEY(id)',
} as const;

export type BenchTable = keyof typeof TABLES;

/** Where the baselines load plain rows. */
export const TABLE: BenchTable = 'rows';

const REPLY_TIMEOUT_MS = 10_000;

export interface SinkPorts {
  readonly http: number;
  readonly be: number;
  readonly mysql: number;
}

/** Runs the sink in this process until the signal is aborted, for connectors of any make. */
export async function serveSink(ports: SinkPorts, signal: AbortSignal, report: (line: string) => void): Promise<void> {
  const double = await startDorisDouble({ ports, nullMode: true });
  try {
    await createTables(double.feUrl);
    const tables = Object.keys(TABLES).join(', ');
    report(`A double of Doris that counts and discards: ${double.feUrl}, database ${DATABASE}, tables ${tables}.`);
    report(`back end ${double.bePort}, MySQL ${double.mysqlPort}`);
    report(`what it was sent, as JSON: curl ${double.feUrl}/stats; from 0 again: curl -X DELETE ${double.feUrl}/stats`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await double.close();
  }
}

/** The rows that the sink has been sent so far; undefined when it does not count, or not in this way. */
export async function rowsSent(feUrl: string): Promise<number | undefined> {
  const totals = await call(feUrl, 'GET', '/stats').catch(() => undefined);
  const { rows } = (totals ?? {}) as Partial<LoadTotals>;
  return typeof rows === 'number' ? rows : undefined;
}

/** A sink that knows no SQL is taken to know no tables either. */
export async function createTables(feUrl: string): Promise<void> {
  const tables = Object.entries(TABLES).map(([name, columns]) => {
    const key = /KEY\((\w+)\)/.exec(columns)?.[1];
    return `CREATE TABLE IF NOT EXISTS ${DATABASE}.${name} ${columns} DISTRIBUTED BY HASH(${key}) BUCKETS 1`;
  });
  for (const stmt of [`CREATE DATABASE IF NOT EXISTS ${DATABASE}`, ...tables]) {
    const reply = await call(feUrl, 'POST', '/api/query/default_cluster/information_schema', JSON.stringify({ stmt }));
    const { msg, data } = reply as { msg?: string; data?: unknown };
    if (msg === undefined) return;
    if (msg !== 'success') throw new SluiceError('SINK_REQUEST_INVALID', `The sink refuses its table: ${String(data)}`);
  }
}

/** Where the sink takes loads: the first live back end of its front end, `host:port`. */
export async function backendOf(feUrl: string): Promise<string> {
  const reply = await call(feUrl, 'GET', '/api/backends?is_alive=true');
  const { data } = reply as { data?: { backends?: { ip: string; http_port: number }[] } };
  const [backend] = data?.backends ?? [];
  if (backend === undefined) throw new SluiceError('SINK_UNAVAILABLE', `The sink at ${feUrl} has no live back end.`);
  return `${backend.ip}:${backend.http_port}`;
}

async function call(feUrl: string, method: string, path: string, body?: string): Promise<unknown> {
  const response = await fetch(`${feUrl}${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from('root:').toString('base64')}` },
    signal: AbortSignal.timeout(REPLY_TIMEOUT_MS),
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new SluiceError('SINK_PROTOCOL', `The sink answers ${method} ${path} with HTTP ${response.status}: ${text}`);
}
