/** The sink of the benchmarks: a Doris double that counts and discards, its counters, and the table it is loaded into. */
import { once } from 'node:events';
import { SluiceError } from '../connect/errors.js';
import { startDorisDouble } from '../sandbox/doris/double.js';
import type { LoadTotals } from '../sandbox/doris/stats.js';

export const DATABASE = 'bench';
export const TABLE = 'rows';

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
    await createTable(double.feUrl);
    report(`A double of Doris that counts and discards: ${double.feUrl}, table ${DATABASE}.${TABLE}.`);
    report(`back end ${double.bePort}, MySQL ${double.mysqlPort}; rows, bytes, loads: ${double.feUrl}/_sandbox/stats`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await double.close();
  }
}

/** What the sink has been sent since it started or was last reset. */
export async function sinkTotals(feUrl: string): Promise<LoadTotals> {
  return (await call(feUrl, 'GET', '/_sandbox/stats')) as LoadTotals;
}

export async function resetSink(feUrl: string): Promise<void> {
  await call(feUrl, 'DELETE', '/_sandbox/stats');
}

/** The columns do not matter to a sink that counts lines; a connector wants the table to be there. */
export async function createTable(feUrl: string): Promise<void> {
  const statements = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE}`,
    `CREATE TABLE IF NOT EXISTS ${DATABASE}.${TABLE} (id BIGINT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1`,
  ];
  for (const stmt of statements) {
    const reply = await call(feUrl, 'POST', '/api/query/default_cluster/information_schema', JSON.stringify({ stmt }));
    const { msg, data } = reply as { msg: string; data: unknown };
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
