/** Whether the tables of a connector are there, asked before anything is loaded. */
import { SluiceError } from '../../connect/errors.js';
import type { SinkFinding } from '../sink-driver.js';
import type { Frontends } from './frontends.js';

interface TableName {
  readonly database: string;
  readonly table: string;
}

/** @throws SluiceError when the cluster cannot be reached, or nothing could ever be loaded */
export async function inspectTables(
  frontends: Frontends,
  tables: readonly TableName[],
  signal: AbortSignal,
): Promise<readonly SinkFinding[]> {
  await frontends.liveBackends({ context: {}, signal });
  return (await Promise.all(tables.map((table) => inspect(frontends, table, signal)))).flat();
}

async function inspect(
  frontends: Frontends,
  { database, table }: TableName,
  signal: AbortSignal,
): Promise<SinkFinding[]> {
  const name = `${database}.${table}`;
  try {
    await frontends.schema(database, table, { context: { table: name }, signal });
    return [];
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    if (error.code === 'SINK_TABLE_UNKNOWN' || error.code === 'SINK_DATABASE_UNKNOWN') {
      return [{ table: name, missing: true, message: `${error.message} ${error.hint ?? ''}`.trim() }];
    }
    if (error.code === 'SINK_ACCESS_DENIED') {
      return [
        { table: name, missing: false, message: `The table could not be looked at before loading: ${error.message}` },
      ];
    }
    throw error;
  }
}
