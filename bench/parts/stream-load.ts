/** The two requests of a Stream Load in two phases, for the baselines: straight to the back end, nothing looked up. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'undici';
import { SluiceError } from '../../connect/errors.js';

const AUTHORIZATION = `Basic ${Buffer.from('root:').toString('base64')}`;

/** Loads newline-separated JSON under a random label; the transaction's number. */
export async function putRows(pool: Pool, path: string, body: Buffer | string, twoPhase = true): Promise<string> {
  const reply = await put(pool, path, {
    headers: {
      label: `bench_${randomUUID()}`,
      format: 'json',
      read_json_by_line: 'true',
      two_phase_commit: String(twoPhase),
    },
    body,
  });
  return /"TxnId":\s*(\d+)/.exec(reply)?.[1] ?? '';
}

export async function commitLoad(pool: Pool, database: string, transaction: string): Promise<void> {
  await put(pool, `/api/${database}/_stream_load_2pc`, {
    headers: { txn_id: transaction, txn_operation: 'commit' },
    body: '',
  });
}

async function put(
  pool: Pool,
  path: string,
  { headers, body }: { headers: Record<string, string>; body: Buffer | string },
): Promise<string> {
  const response = await pool.request({
    method: 'PUT',
    path,
    headers: { ...headers, authorization: AUTHORIZATION },
    body,
  });
  const text = await response.body.text();
  if (response.statusCode === 200 && /"status":\s*"Success"/i.test(text)) return text;
  throw new SluiceError('SINK_PROTOCOL', `The sink refuses a load: HTTP ${response.statusCode} ${text}`);
}
