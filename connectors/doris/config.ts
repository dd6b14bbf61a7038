/** The configuration of the Doris sink: its definition, and the typed form that everything else is made from. */
import { defineConfig } from '../../connect/config/definition.js';
import { invalidConfiguration } from '../../connect/config/findings.js';
import type { RawConfig } from '../../connect/config/keys.js';
import { areTexts, type RecordConfig } from '../../connect/config/records.js';
import { type SinkConfig, sinkConfig, sinkConnectorRules } from '../../connect/config/sink-connector.js';
import type { Secret } from '../../connect/config/values.js';
import type { CsvLayout } from '../../connect/converters/index.js';
import { SluiceError } from '../../connect/errors.js';
import type { ChangeSettings } from '../../connect/pipeline/index.js';
import { csvLayout, lineDelimiterOf } from './config/csv.js';
import { dorisSinkFields } from './config/fields.js';
import {
  type AddressMapping,
  type Frontend,
  type FrontendAddress,
  parseAddressMapping,
  parseFrontend,
} from './config/frontends.js';
import { DELETE_SIGN, type LoadProperties, loadHeaders, readLoadProperties } from './config/headers.js';
import {
  type PatternRoute,
  parsePatternRoutes,
  parseRoutes,
  parseTableName,
  type TableName,
  type TableRoute,
  tableByPattern,
} from './config/routes.js';
import { type DorisSinkValues, dorisSinkRules, labelPrefix } from './config/rules.js';
import { type SchemaSettings, schemaSettings } from './config/schema-settings.js';
import { TLS_PROTOCOLS, type TlsSettings } from './config/tls.js';
import type { EventModes } from './schema/index.js';

export type { Frontend } from './config/frontends.js';
export type { GroupCommitMode, LoadProperties } from './config/headers.js';
export type { TableName, TableRoute } from './config/routes.js';

export const dorisSinkDefinition = defineConfig({
  name: 'doris-sink',
  title: 'Doris sink',
  introduction:
    'The settings of a connector that loads Kafka topics into Apache Doris. Configurations of the Kafka Connect connector for Doris (`org.apache.doris.kafka.connector.DorisSinkConnector`) can be used as they are. Keys are accepted in any case.',
  fields: dorisSinkFields,
  rules: [...sinkConnectorRules, ...dorisSinkRules],
});

const NEWLINE = Buffer.from('\n');

/** Everything the Doris driver needs to know. */
export interface DorisSinkConfig extends SinkConfig {
  readonly frontends: readonly Frontend[];
  readonly user: string;
  readonly password: Secret;
  /** The database of tables whose route names none. */
  readonly database: string | undefined;
  readonly routes: readonly TableRoute[];
  readonly patternRoutes: readonly PatternRoute[];
  /** The field of a row that names its table: `record.tablename.field`. */
  readonly tableField: string | undefined;
  /** How lines of CSV are made of values that have fields; absent for JSON, and for values that are lines. */
  readonly csv: CsvLayout | undefined;
  /** What ends lines of CSV where it is not a newline. */
  readonly lineDelimiter: Buffer | undefined;
  readonly labelPrefix: string;
  /** False with group commit, whatever `enable.2pc` says. */
  readonly twoPhaseCommit: boolean;
  readonly loadModel: 'stream_load' | 'copy_into';
  readonly enableDelete: boolean;
  /** What may be changed of tables. */
  readonly schema: SchemaSettings;
  /** Of the source connector, for events without a schema. */
  readonly eventModes: EventModes;
  /** Whether loads go to a front end, which redirects them. */
  readonly autoRedirect: boolean;
  /** Where a redirect may lead to besides front ends and listed back ends; without a port, to any of the host. */
  readonly redirectAllowedHosts: readonly FrontendAddress[];
  /** Under which addresses nodes are reached that Doris names by others. */
  readonly addressMap: readonly AddressMapping[];
  /** Undefined: nothing is encrypted. */
  readonly tls: TlsSettings | undefined;
  readonly load: LoadProperties;
  /** Headers for every load, in lower case; label, two_phase_commit and authorization are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly deliveryGuarantee: 'at_least_once' | 'exactly_once';
  /** What change events become; undefined where values are rows. */
  readonly changes: ChangeSettings | undefined;
  /** The time zone of points in time. */
  readonly timeZone: string;
}

/**
 * Reads the configuration of a Doris sink, whose placeholders are resolved.
 *
 * @throws SluiceError CONFIG_INVALID with all problems.
 */
export function parseDorisSinkConfig(raw: RawConfig): DorisSinkConfig {
  const { values, problems, warnings } = dorisSinkDefinition.parse(raw);
  if (values === undefined) throw invalidConfiguration(problems, dorisSinkDefinition.canonical(raw).name);
  const load = readLoadProperties(values['sink.properties.*']);
  const loadModel = values['load.model'];
  // A file in the stage is not in the table, whatever the settings of Stream Load are.
  const twoPhaseCommit = loadModel === 'copy_into' || (values['enable.2pc'] && load.groupCommit === 'off_mode');
  const triggers = {
    triggerRecords: values['buffer.count.records'],
    triggerBytes: values['buffer.size.bytes'],
    triggerMs: Math.max(1, Math.round(values['buffer.flush.time'] * 1000)),
  };
  const sink = sinkConfig(values, triggers, warnings);
  const changes = values['converter.mode'] === 'normal' ? undefined : changeSettings(values);
  return {
    ...sink,
    records: changes === undefined ? sink.records : recordsOfChanges(sink.records, values),
    changes: changes && { ...changes, unavailable: unavailableValues(loadModel, load, values) },
    timeZone: values['database.time_zone'],
    // A partial update reads the rows that the batch before it wrote: it must wait for its commit. Without two phases a
    // batch is committed as it is prepared: what the group tells of it must not be mixed with the batch before it.
    batch: load.partialUpdate || !twoPhaseCommit ? { ...sink.batch, pipelineDepth: 1 } : sink.batch,
    frontends: frontends(values),
    user: values['doris.user'],
    password: values['doris.password'],
    database: values['doris.database'],
    routes: parseRoutes(values['doris.topic2table.map'] ?? '').routes,
    patternRoutes: parsePatternRoutes(values['doris.topic2table.regex'] ?? '').patterns,
    tableField: values['record.tablename.field'],
    ...csvForm(values, load, sink.records),
    labelPrefix: labelPrefix(values['label.prefix'], values.name),
    twoPhaseCommit,
    loadModel,
    enableDelete: values['enable.delete'],
    schema: schemaSettings(values),
    eventModes: {
      timePrecisionMode: values['debezium.time.precision.mode'],
      decimalHandlingMode: values['debezium.decimal.handling.mode'],
    },
    autoRedirect: values['auto.redirect'],
    redirectAllowedHosts: addresses(values['doris.redirect.allowed.hosts']),
    addressMap: values['doris.backend.address.map']
      .map(parseAddressMapping)
      .filter((mapping) => typeof mapping !== 'string'),
    tls: tlsSettings(values),
    load,
    headers: loadHeaders(values['sink.properties.*'], load, values['enable.delete']),
    connectTimeoutMs: values['request.connect.timeout.ms'],
    readTimeoutMs: values['request.read.timeout.ms'],
    deliveryGuarantee: values['delivery.guarantee'],
  };
}

function changeSettings(values: DorisSinkValues): ChangeSettings {
  const deletes = values['enable.delete'];
  return {
    deleteSign: deletes ? { column: DELETE_SIGN, upsert: '0', delete: '1' } : undefined,
    onTombstone: values['behavior.on.null.values'],
    truncate: values['enable.truncate'],
    timeZone: values['database.time_zone'],
    outOfRange: values['debezium.dates.out.of.range'],
    unavailablePlaceholder: values['debezium.unavailable.value.placeholder'],
  };
}

/** A flexible update takes rows of any columns; where all rows are whole, those that are not are loaded by themselves. */
function unavailableValues(
  loadModel: DorisSinkConfig['loadModel'],
  { format, groupCommit, updateMode }: LoadProperties,
  values: DorisSinkValues,
): 'fail' | 'omit' | 'waves' {
  if (loadModel !== 'stream_load') return 'fail';
  if (updateMode === 'update_flexible_columns') return 'omit';
  const { columns, merge_type: mergeType } = values['sink.properties.*'];
  const isPlain = format === 'json' && updateMode === 'upsert' && !columns && !mergeType;
  return isPlain && groupCommit === 'off_mode' ? 'waves' : 'fail';
}

/** Debezium writes keys and values alike. */
function recordsOfChanges(records: RecordConfig, values: DorisSinkValues): RecordConfig {
  return values['key.converter'] === undefined ? { ...records, keyConverter: records.valueConverter } : records;
}

function csvForm(
  values: DorisSinkValues,
  { format }: LoadProperties,
  records: RecordConfig,
): Pick<DorisSinkConfig, 'csv' | 'lineDelimiter'> {
  if (format !== 'csv') return { csv: undefined, lineDelimiter: undefined };
  const properties = values['sink.properties.*'];
  const delimiter = lineDelimiterOf(properties);
  return {
    csv: areTexts(records) ? undefined : csvLayout(properties),
    lineDelimiter: delimiter.equals(NEWLINE) ? undefined : delimiter,
  };
}

function frontends(values: DorisSinkValues): Frontend[] {
  return addresses(values['doris.urls']).map(({ host, httpPort = values['doris.http.port'] }) => ({
    host,
    httpPort,
    queryPort: values['doris.query.port'],
  }));
}

/** The fields have refused what is no address. */
function addresses(texts: readonly string[]): FrontendAddress[] {
  return texts.map(parseFrontend).filter((address) => typeof address !== 'string');
}

function tlsSettings(values: DorisSinkValues): TlsSettings | undefined {
  if (!values['doris.enable.tls']) return undefined;
  const excluded = values['doris.tls.excluded-protocols'].map((name) => name.toLowerCase());
  return {
    protocols: TLS_PROTOCOLS.filter((protocol) => !excluded.includes(protocol)),
    caCertificatePath: values['doris.tls.ca-certificate-path'],
    verifyHostname: !values['doris.tls.skip-hostname-verification'],
  };
}

/**
 * The table that the records of a topic go to: the one that a record names itself, else as mapped, by the first pattern,
 * or the table of the topic's name.
 *
 * @throws SluiceError RECORD_INVALID when what the record names cannot be a table
 */
export function tableOfTopic(
  { routes, patternRoutes, database }: Pick<DorisSinkConfig, 'routes' | 'patternRoutes' | 'database'>,
  topic: string,
  named?: string,
): TableName {
  const route = routes.find((candidate) => candidate.topic === topic) ?? tableByPattern(patternRoutes, topic);
  const common = route?.database ?? database ?? '';
  if (named === undefined) return { database: common, table: route?.table ?? topic };
  const own = parseTableName(named);
  if (own !== undefined) return { database: own.database ?? common, table: own.table };
  throw new SluiceError(
    'RECORD_INVALID',
    `The record names a table that there cannot be: ${JSON.stringify(named.slice(0, 80))}.`,
    {
      context: { key: 'record.tablename.field' },
      hint: 'Correct the producer: the field has to hold table or database.table.',
    },
  );
}
