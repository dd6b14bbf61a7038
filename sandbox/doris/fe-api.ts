/** The frontend's HTTP API beside loads: discovery, label states, schemas, statements. */
import { type ColumnDefinition, type ColumnType, DatabaseError, type TableModel } from '../olap/model.js';
import { isQueryResult } from '../olap/sql/index.js';
import { decimalDigits } from '../olap/types.js';
import type { DorisContext } from './context.js';
import { type Credentials, type Exchange, readText } from './http.js';
import { ERROR_CODE, envelope, failed } from './replies.js';

const KEYS_TYPES: Readonly<Record<TableModel, string>> = {
  DUPLICATE: 'DUP_KEYS',
  UNIQUE: 'UNIQUE_KEYS',
  AGGREGATE: 'AGG_KEYS',
  PRIMARY: 'PRIMARY_KEYS',
};

/** Names of PrimitiveType.java where they are not those of the DDL. */
const PRIMITIVE_NAMES: Readonly<Partial<Record<ColumnType['base'], string>>> = {
  DATE: 'DATEV2',
  DATETIME: 'DATETIMEV2',
  JSON: 'JSONB',
};

/** BackendsAction.java */
export function backends(context: DorisContext): string {
  const [ip = '', port = ''] = context.backendAddress().split(':');
  return envelope({ backends: [{ ip, http_port: Number(port), is_alive: true }] });
}

export function health(): string {
  return envelope({ total_backend_num: 1, online_backend_num: 1 });
}

/** BootstrapFinishAction.java: filled in only for members of the cluster. */
export function bootstrap(): string {
  return envelope({ replayedJournalId: 0, queryPort: 0, rpcPort: 0, version: '', startTime: -1 });
}

/** GetStreamLoadState.java: the state of the newest transaction of a label, UNKNOWN for a forgotten one. */
export function loadState({ engine, loads }: DorisContext, database: string, label: string | null): string {
  if (label === null || label === '') return envelope('No label selected.', 'Error', ERROR_CODE);
  if (!engine.databases().includes(database)) {
    return envelope(`errCode = 7, detailMessage = unknown database, database=${database}`, 'Error', ERROR_CODE);
  }
  return envelope(loads.manager.labelState(database, label));
}

/** GetLoadInfoAction.java: for jobs of the load manager; a Stream Load is none. */
export function loadInfo(label: string | null): string {
  return failed(`errCode = 2, detailMessage = Label[${label ?? ''}] does not exist`);
}

/** TableSchemaAction.java */
export function schema({ engine }: DorisContext, database: string, name: string): string {
  if (!engine.databases().includes(database)) {
    return envelope(`errCode = 7, detailMessage = unknown database, database=${database}`, 'Error', ERROR_CODE);
  }
  const table = engine.table(database, name);
  if (table === undefined) {
    return envelope(`errCode = 7, detailMessage = unknown table, tableName=${name}`, 'Error', ERROR_CODE);
  }
  const properties = table.columns.map((column) => schemaColumn(column, table.model));
  return envelope({ keysType: KEYS_TYPES[table.model], tableType: 'OLAP', properties, status: 200 });
}

function schemaColumn({ name, type, key, aggregation, comment }: ColumnDefinition, model: TableModel) {
  const aggregationType = key ? '' : (aggregation ?? (model === 'UNIQUE' ? 'REPLACE' : 'NONE'));
  if (type.base === 'DECIMAL') {
    const { precision, scale } = decimalDigits(type);
    return {
      name,
      type: decimalName(precision),
      precision: String(precision),
      scale: String(scale),
      comment,
      aggregation_type: aggregationType,
    };
  }
  return { name, type: PRIMITIVE_NAMES[type.base] ?? type.base, comment, aggregation_type: aggregationType };
}

function decimalName(precision: number): string {
  if (precision <= 9) return 'DECIMAL32';
  if (precision <= 18) return 'DECIMAL64';
  return precision <= 38 ? 'DECIMAL128' : 'DECIMAL256';
}

/** TableSchemaAction.java: whether a change is one of metadata only. Every table here changes so. */
export function lightSchemaChange({ engine }: DorisContext, database: string, name: string): string {
  const table = engine.table(database, name);
  if (table?.properties.light_schema_change !== 'false' && table !== undefined) return envelope(null);
  const reason = table === undefined ? `unknown table, tableName=${name}` : `table ${name} disable light schema change`;
  return envelope(reason, 'Error', ERROR_CODE);
}

/** StmtExecutionAction.java: `POST /api/query/{cluster}/{db}` with `{"stmt": "…"}`. */
export async function runStatement(
  context: DorisContext,
  exchange: Exchange,
  { user }: Credentials,
  database: string,
): Promise<string> {
  const started = performance.now();
  try {
    const statement = readStatement(await readText(exchange));
    const result = await context.executeSql(statement, { user, database });
    const time = Math.round(performance.now() - started);
    if (!isQueryResult(result)) return envelope({ type: 'exec_status', status: {}, time });
    return envelope({ type: 'result_set', meta: result.columns, data: result.rows, time });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return envelope(error.message, 'Error', ERROR_CODE);
  }
}

/** CopyIntoAction.java: `POST /copy/query` with `{"sql": "COPY INTO …"}`. */
export async function runCopy(context: DorisContext, exchange: Exchange, { user }: Credentials): Promise<string> {
  const started = performance.now();
  try {
    const result = await context.copies.copy(readStatement(await readText(exchange), 'sql'), user, '');
    const time = Math.round(performance.now() - started);
    return envelope({ result, time, type: 'result_set' });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return envelope(error.message, 'Error', ERROR_CODE);
  }
}

function readStatement(body: string, field: 'stmt' | 'sql' = 'stmt'): string {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    throw new DatabaseError('Missing statement request body');
  }
  const statement: unknown = Object(request)[field];
  if (typeof statement === 'string') return statement;
  throw new DatabaseError('Missing statement request body');
}
