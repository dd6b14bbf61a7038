/** The configurations that the simulated connector runs with: texts, as a user would write them. */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import { FRONTENDS } from './doris.js';
import type { Random } from './random.js';
import type { RecordForm, SimulationSettings } from './settings.js';

export const CONNECTOR = 'orders';
export const DATABASE = 'db';

export function topicName(index: number): string {
  return `t${index}`;
}

export function tableOf({ oneTable }: SimulationSettings, topic: string): string {
  return oneTable ? 'all' : `table_${topic}`;
}

function routedTopic({ form }: SimulationSettings, topic: string): string {
  return form === 'transforms' ? `moved_${topic}` : topic;
}

/** Of a record by its place: three of four name their table, where records do. */
export function namedTable(
  { namedTables }: Pick<SimulationSettings, 'namedTables'>,
  offset: number,
): string | undefined {
  return namedTables && offset % 4 < 3 ? `named_${offset % 4}` : undefined;
}

/** @param id as `rowId` writes it */
export function tableOfRow(settings: SimulationSettings, id: string): string {
  const [topic = '', , offset] = id.split('/');
  return namedTable(settings, Number(offset)) ?? tableOf(settings, topic);
}

const field = (name: string) => ({ field: name, type: 'string', optional: true });
const ROW_SCHEMA = { type: 'struct', optional: false, fields: [field('id'), field('pad'), field('table')] };

/** The value of a record whose row is this one. */
export function valueIn(form: RecordForm, row: object): object {
  return form === 'schema' ? { schema: ROW_SCHEMA, payload: row } : row;
}

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const KAFKA = 'org.apache.kafka.connect.transforms';

const FORMS: Readonly<Record<RecordForm, ConnectorConfig>> = {
  text: { 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' },
  schema: { 'value.converter': JSON_CONVERTER },
  transforms: {
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': 'false',
    transforms: 'mark,route',
    'transforms.mark.type': `${KAFKA}.InsertField$Value`,
    'transforms.mark.offset.field': 'at',
    'transforms.route.type': `${KAFKA}.RegexRouter`,
    'transforms.route.regex': '(.*)',
    'transforms.route.replacement': 'moved_$1',
  },
};

export function configOf(settings: SimulationSettings, changes: ConnectorConfig = {}): ConnectorConfig {
  const topics = Array.from({ length: settings.topics }, (_, index) => topicName(index));
  const mode = {
    twoPhase: { 'enable.2pc': 'true' },
    labels: { 'enable.2pc': 'false' },
    groupCommit: { 'enable.2pc': 'false', 'sink.properties.group_commit': 'async_mode' },
  };
  return {
    name: CONNECTOR,
    'connector.class': 'DorisSink',
    topics: topics.join(','),
    'tasks.max': String(settings.tasksMax),
    ...FORMS[settings.form],
    'doris.urls': FRONTENDS.join(','),
    'doris.http.port': '8030',
    'doris.query.port': '9030',
    'doris.user': 'root',
    'doris.database': DATABASE,
    'doris.topic2table.map': topics
      .map((topic) => `${routedTopic(settings, topic)}:${tableOf(settings, topic)}`)
      .join(','),
    'buffer.count.records': '10',
    'buffer.size.bytes': '2000',
    'buffer.flush.time': '3',
    'batch.max.bytes': '4096',
    'pipeline.depth': String(settings.pipelineDepth),
    'metadata.max.age.ms': '3000',
    'request.read.timeout.ms': '12000',
    'retry.interval.ms': '500',
    // Less than an outage takes: tasks come to stand still, and go on.
    'stall.timeout.ms': '4000',
    ...(settings.namedTables ? { 'record.tablename.field': 'table' } : {}),
    ...(settings.evolving ? EVOLVING : {}),
    ...(settings.badRecords ? { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead-letters' } : {}),
    ...mode[settings.mode],
    ...changes,
  };
}

/** Nothing of a table is there before the connector comes. What the server reads is not asked for. */
const EVOLVING = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'schema.evolution': 'basic',
  'auto.create': 'true',
  'sink.properties.compress_type': 'none',
};

/** Records gain a field every so many offsets. */
const OFFSETS_PER_FIELD = 12;

/** The value of a record; with a schema where records have one. */
export function recordValue(
  settings: SimulationSettings,
  offset: number,
  row: { readonly id: string; readonly pad: string },
): string {
  const table = namedTable(settings, offset);
  if (!settings.evolving) return JSON.stringify(valueIn(settings.form, { ...row, table }));
  const gained = Array.from({ length: Math.floor(offset / OFFSETS_PER_FIELD) }, (_, index) => [`c${index}`, row.id]);
  const payload = { ...row, table: table ?? null, ...Object.fromEntries(gained) };
  const fields = Object.keys(payload).map((field) => ({ field, type: 'string', optional: true }));
  return JSON.stringify({ schema: { type: 'struct', optional: false, fields }, payload });
}

/** What an operator may change while it runs. */
export function changedConfig(settings: SimulationSettings, random: Random): ConnectorConfig {
  return configOf(settings, {
    'tasks.max': String(random.between(1, 5)),
    'batch.max.bytes': random.pick(['1024', '1500', '4096', '100000']),
    'batch.max.records': random.pick(['1', '7', '1000']),
    'buffer.flush.time': random.pick(['0.5', '3', '5']),
    'pipeline.depth': String(random.between(1, 3)),
    'label.prefix': random.pick(['orders', 'other']),
    ...(random.chance(0.2) ? { 'max.retries': '2' } : {}),
  });
}
