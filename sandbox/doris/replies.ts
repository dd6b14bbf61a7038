/**
 * The replies of Doris as they are on the wire: keys in order, four spaces, HTTP 200.
 *
 * Sources: be/src/load/stream_load/stream_load_context.cpp, be/src/service/http/action/stream_load_2pc.cpp,
 * fe ResponseEntityBuilder.java, RestBaseResult.java.
 */
import type { ServerResponse } from 'node:http';
import type { LoadCounts } from '../olap/load/run.js';

type Field = readonly [key: string, value: string | number | bigint | boolean];

/** As rapidjson's PrettyWriter prints a flat object. */
export function prettyJson(fields: readonly Field[]): string {
  const lines = fields.map(([key, value]) => {
    const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
    return `    ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${lines.join(',\n')}\n}`;
}

/** Durations of a load in milliseconds; those of the transaction are absent in group commit. */
export interface LoadTimes {
  readonly loadMs: number;
  readonly beginMs: number;
  readonly planMs: number;
  readonly readMs: number;
  readonly writeMs: number;
  readonly commitMs: number;
}

export interface StreamLoadReply {
  /** -1 when no transaction was begun. */
  readonly transactionId: bigint;
  readonly label: string;
  readonly comment: string;
  readonly twoPhase: boolean;
  readonly groupCommit: boolean;
  readonly status: 'Success' | 'Publish Timeout' | 'Label Already Exists' | 'Fail';
  readonly existingJobStatus?: string | undefined;
  readonly message: string;
  readonly counts: LoadCounts;
  readonly loadBytes: number;
  readonly times: LoadTimes;
  readonly errorUrl?: string | undefined;
}

export function streamLoadReply(reply: StreamLoadReply): string {
  const { counts, times, groupCommit } = reply;
  const fields: Field[] = [
    ['TxnId', reply.transactionId],
    ['Label', reply.label],
    ['Comment', reply.comment],
    groupCommit ? ['GroupCommit', true] : ['TwoPhaseCommit', String(reply.twoPhase)],
    ['Status', reply.status],
  ];
  if (reply.existingJobStatus !== undefined) fields.push(['ExistingJobStatus', reply.existingJobStatus]);
  fields.push(
    ['Message', reply.message],
    ['NumberTotalRows', counts.totalRows],
    ['NumberLoadedRows', counts.loadedRows],
    ['NumberFilteredRows', counts.filteredRows],
    ['NumberUnselectedRows', counts.unselectedRows],
    ['LoadBytes', reply.loadBytes],
    ['LoadTimeMs', Math.round(times.loadMs)],
  );
  if (!groupCommit) fields.push(['BeginTxnTimeMs', Math.round(times.beginMs)]);
  fields.push(
    ['StreamLoadPutTimeMs', Math.round(times.planMs)],
    ['ReadDataTimeMs', Math.round(times.readMs)],
    ['WriteDataTimeMs', Math.round(times.writeMs)],
  );
  if (!groupCommit) fields.push(['CommitAndPublishTimeMs', Math.round(times.commitMs)]);
  if (reply.errorUrl !== undefined) fields.push(['ErrorURL', reply.errorUrl]);
  return `${prettyJson(fields)}\n`;
}

/** The reply of `_stream_load_2pc` and of a backend's debug points: without a newline at its end. */
export function twoPhaseReply(status: string, message: string): string {
  return prettyJson([
    ['status', status],
    ['msg', message],
  ]);
}

/** The envelope of every FE reply. */
export function envelope(data: unknown, message = 'success', code = 0): string {
  return JSON.stringify({ msg: message, code, data, count: 0 });
}

export const ERROR_CODE = 1;
export const UNAUTHORIZED_CODE = 401;

/** `RestBaseResult`: lower-case keys, unlike the replies of a BE. */
export function failed(message: string): string {
  return JSON.stringify({ status: 'FAILED', msg: message });
}

/** Sends a body of known length with HTTP 200 and ends the response. */
export function send(response: ServerResponse, body: string, contentType = 'application/json'): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  response.end(bytes);
}
