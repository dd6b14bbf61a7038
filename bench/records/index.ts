/**
 * The records that are produced, loaded and converted: one kind for each converter, with the connector's settings for it
 * and the table that it goes to.
 */
import type { ConnectorConfig } from '../../workflows/core/model.js';
import type { BenchTable } from '../sink.js';
import { AVRO_SCHEMA, orderInAvro, orderInProtobuf, PROTOBUF_SCHEMA } from './binary.js';
import { changeEvent, changeKey } from './debezium.js';
import { orderWithSchema, plainRow } from './json.js';

/** What a producer registers for the values of a topic. */
export interface ValueSchema {
  readonly schemaType: 'AVRO' | 'PROTOBUF';
  readonly schema: string;
}

export interface RecordKind {
  /** For people: `JSON rows of 200 bytes`. */
  readonly title: string;
  /** Rows of a topic of such records, as a share of those of a topic of plain rows. */
  readonly share: number;
  readonly table: BenchTable;
  /** Undefined where values do not name their schema in a registry. */
  readonly valueSchema?: ValueSchema;
  /** `schemaId` is that of `valueSchema`, of no meaning without one. */
  value(index: number, schemaId: number): Buffer | string;
  key?(index: number): string;
  /** The connector's settings; `registry` is its URL. */
  settings(registry: string): ConnectorConfig;
}

const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

function withRegistry(converter: string): RecordKind['settings'] {
  return (registry) => ({
    'key.converter': STRING_CONVERTER,
    'value.converter': converter,
    'value.converter.schema.registry.url': registry,
  });
}

export const RECORD_KINDS = {
  plain: {
    title: 'JSON rows of 200 bytes',
    share: 1,
    table: 'rows',
    value: plainRow,
    settings: () => ({ 'key.converter': STRING_CONVERTER, 'value.converter': STRING_CONVERTER }),
  },
  json_schema: {
    title: 'JSON with schema, 0.6 KB',
    share: 0.4,
    table: 'orders',
    value: orderWithSchema,
    settings: () => ({
      'key.converter': STRING_CONVERTER,
      'value.converter': JSON_CONVERTER,
      'value.converter.schemas.enable': 'true',
    }),
  },
  debezium: {
    title: "change events of Debezium's MySQL connector with schema, 2.7 KB",
    share: 0.2,
    table: 'customers',
    value: changeEvent,
    key: changeKey,
    settings: () => ({
      'key.converter': JSON_CONVERTER,
      'key.converter.schemas.enable': 'true',
      'value.converter': JSON_CONVERTER,
      'value.converter.schemas.enable': 'true',
      'converter.mode': 'debezium_ingestion',
      'enable.delete': 'true',
    }),
  },
  avro: {
    title: 'Avro with a registry, 0.13 KB',
    share: 1,
    table: 'orders',
    valueSchema: { schemaType: 'AVRO', schema: AVRO_SCHEMA },
    value: orderInAvro,
    settings: withRegistry('io.confluent.connect.avro.AvroConverter'),
  },
  protobuf: {
    title: 'Protobuf with a registry, 0.13 KB',
    share: 1,
    table: 'orders',
    valueSchema: { schemaType: 'PROTOBUF', schema: PROTOBUF_SCHEMA },
    value: orderInProtobuf,
    settings: withRegistry('io.confluent.connect.protobuf.ProtobufConverter'),
  },
} as const satisfies Record<string, RecordKind>;

export type KindName = keyof typeof RECORD_KINDS;

export const KIND_NAMES = Object.keys(RECORD_KINDS) as readonly KindName[];

export function recordKind(name: KindName): RecordKind {
  return RECORD_KINDS[name];
}

/** Loads as they are, whatever the database would take; what is compressed says so. */
export const UNCOMPRESSED: ConnectorConfig = { 'sink.properties.compress_type': 'none' };
export const WITH_GZIP: ConnectorConfig = { 'sink.properties.compress_type': 'gz' };

/** Plain rows, read and not passed through. */
export const SCHEMALESS_JSON: ConnectorConfig = {
  'key.converter': STRING_CONVERTER,
  'value.converter': JSON_CONVERTER,
  'value.converter.schemas.enable': 'false',
};

/** Plain rows through the three transforms that users ask for most: a field more, fields renamed, another topic. */
export const WITH_TRANSFORMS: ConnectorConfig = {
  ...SCHEMALESS_JSON,
  transforms: 'insert,rename,route',
  'transforms.insert.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
  'transforms.insert.static.field': 'source',
  'transforms.insert.static.value': 'bench',
  'transforms.rename.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
  'transforms.rename.renames': 'first_name:given_name,last_name:family_name',
  'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.route.regex': '.*',
  'transforms.route.replacement': 'people',
  'doris.topic2table.map': 'people:people',
};
