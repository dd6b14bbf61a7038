/**
 * The walk-through itself, step by step as the documentation has it: table, topic, records, connector, rows.
 */
import type { Progress } from '../../sandbox/index.js';
import { type CheckedFile, checkConnectorFile, invalidFile } from '../connector-file.js';
import { connectorHistory, connectorStatus, type ObservedStatus } from '../connectors.js';
import { ClientError } from '../errors.js';
import { plural } from '../format/text.js';
import { dorisOverrides, type SandboxAddresses } from '../sandbox-addresses.js';
import { startConnector, waitUntilSettled } from '../start.js';
import type { TemporalSession } from '../temporal.js';
import { CONNECTOR_FILE, expectedRow, readRecords, TABLE, type TextRow, TOPIC } from './example.js';
import { createTable, waitForRows, withMysql } from './table.js';
import { createTopic, keyless, produce } from './topic.js';

const PARTITIONS = 3;
const START_TIMEOUT_MS = 60_000;
/** Longer than the buffer.flush.time of the documents' file, 120 s. */
const ROWS_TIMEOUT_MS = 150_000;

export interface DemoOutcome {
  readonly addresses: SandboxAddresses;
  readonly namespace: string;
  readonly status: ObservedStatus;
  /** What the documents' file says otherwise: addresses and ports only. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly rows: readonly TextRow[];
  /** The labels under which the rows were loaded. */
  readonly labels: readonly string[];
}

/** @throws ClientError DEMO_FAILED when the table does not hold exactly the records that were produced */
export async function walkThrough(
  session: TemporalSession,
  addresses: SandboxAddresses,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<DemoOutcome> {
  const mysql = { host: addresses.dorisHost, port: addresses.dorisQueryPort };
  const records = await readRecords();
  return withMysql(mysql, async (connection) => {
    await createTable(connection);
    progress.report(`Created table ${TABLE}`);
    await createTopic(addresses.kafka, TOPIC, PARTITIONS);
    await produce(addresses.kafka, TOPIC, keyless(records));
    progress.report(`Produced ${plural(records.length, 'record')} to topic ${TOPIC}`);
    const overrides = await overridesFor(addresses);
    const { request, file } = await checked(overrides);
    progress.report(`Starting the connector of ${file}`);
    await startConnector(session, request);
    const { state, failure } = await waitUntilSettled(session, request.name, { timeoutMs: START_TIMEOUT_MS, signal });
    if (state !== 'RUNNING') throw failed(`The connector is ${state}: ${failure?.message ?? 'see its status'}`);
    const rows = await waitForRows(connection, records.length, { timeoutMs: ROWS_TIMEOUT_MS, signal });
    assertRows(rows, records.map(expectedRow));
    const history = await connectorHistory(session, request.name);
    return {
      addresses,
      namespace: session.settings.namespace,
      status: await connectorStatus(session, request.name),
      overrides,
      rows,
      labels: history.flatMap((batch) => batch.loads.map(({ label }) => label)),
    };
  });
}

async function overridesFor(addresses: SandboxAddresses): Promise<Record<string, string>> {
  const { request } = await checked({});
  return dorisOverrides(request.config, addresses);
}

async function checked(
  overrides: Record<string, string>,
): Promise<CheckedFile & { request: NonNullable<CheckedFile['request']> }> {
  const file = await checkConnectorFile(CONNECTOR_FILE, { overrides });
  if (file.request === undefined) throw invalidFile(file);
  return { ...file, request: file.request };
}

/** Exactly these rows: none missing, none twice, none else. */
export function assertRows(found: readonly TextRow[], expected: readonly TextRow[]): void {
  const key = (row: TextRow) => JSON.stringify(row);
  const left = found.map(key);
  const missing = expected.map(key).filter((row) => {
    const at = left.indexOf(row);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (missing.length === 0 && left.length === 0) return;
  const lacks = missing.length === 0 ? [] : [`missing: ${missing.join(' ')}`];
  const has = left.length === 0 ? [] : [`too many: ${left.join(' ')}`];
  throw failed(
    `The table does not hold the ${plural(expected.length, 'row')} that were produced; ${[...lacks, ...has].join('; ')}.`,
  );
}

function failed(message: string): ClientError {
  return new ClientError('DEMO_FAILED', message);
}
