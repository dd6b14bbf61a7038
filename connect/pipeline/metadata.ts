/** Columns that say where a row comes from: `metadata.columns`. */
import type { Metadata, MetadataColumn } from '../config/records.js';
import { jsonText } from '../data/json-text.js';
import type { Field, Schema, StructSchema } from '../data/schema.js';
import type { Header, SchemaAndValue } from '../data/value.js';
import { type EventSchema, instantText } from '../debezium/index.js';
import { LEFT_BRACE, RIGHT_BRACE } from '../json/bytes.js';
import { skipBlanks } from '../json/index.js';
import type { RowBuffer } from '../rows/index.js';

/** Where a record stands in Kafka, whatever transforms have made of it. */
export interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: bigint | undefined;
  key(): SchemaAndValue;
  headers(): readonly Header[];
}

export interface MetadataRows {
  /** The members of the record's rows, without braces: `"kafka_topic":"t","kafka_offset":7`. */
  membersOf(origin: RecordOrigin): Buffer;
  /** Writes the JSON object in the span with the members before its own: of two of a name the first one counts. */
  write(members: Buffer, source: Buffer, start: number, end: number, out: RowBuffer): void;
  /** The schema of rows with the columns. The same object for the same schema. */
  schemaOf(schema: EventSchema): EventSchema;
}

export function createMetadataRows(columns: readonly MetadataColumn[], timeZone: string): MetadataRows {
  const textOfInstant = instantText(timeZone);
  const names = columns.map(({ column }) => `${JSON.stringify(column)}:`);
  const schemas = new WeakMap<EventSchema, EventSchema>();

  function textOf(what: Metadata, origin: RecordOrigin): string {
    switch (what) {
      case 'topic':
        return JSON.stringify(origin.topic);
      case 'partition':
        return String(origin.partition);
      case 'offset':
        return origin.offset.toString();
      case 'timestamp':
        return origin.timestampMs === undefined ? 'null' : jsonOf(textOfInstant(origin.timestampMs));
      case 'key': {
        const { schema, value } = origin.key();
        return jsonText(value, schema);
      }
      case 'headers':
        return headersJson(origin.headers());
    }
  }

  return {
    membersOf(origin) {
      const members = columns.map(({ what }, index) => (names[index] ?? '') + textOf(what, origin));
      return Buffer.from(members.join(','));
    },

    write(members, source, start, end, out) {
      const first = skipBlanks(source, start + 1, end);
      out.writeByte(LEFT_BRACE);
      out.writeBytes(members, 0, members.length);
      if (source[first] !== RIGHT_BRACE) out.writeByte(COMMA);
      out.writeBytes(source, first, end);
      out.endRow();
    },

    schemaOf(schema) {
      const found = schemas.get(schema) ?? withColumns(schema, columns);
      schemas.set(schema, found);
      return found;
    },
  };
}

const COMMA = 0x2c;

function jsonOf(text: string | undefined): string {
  return text === undefined ? 'null' : JSON.stringify(text);
}

/** An object; a name that several headers have has the list of their values. */
function headersJson(headers: readonly Header[]): string {
  const values = new Map<string, string[]>();
  for (const { key, schema, value } of headers) {
    const known = values.get(key);
    const text = jsonText(value, schema);
    if (known === undefined) values.set(key, [text]);
    else known.push(text);
  }
  const members = [...values].map(
    ([name, texts]) => `${JSON.stringify(name)}:${texts.length === 1 ? texts[0] : `[${texts.join(',')}]`}`,
  );
  return `{${members.join(',')}}`;
}

const TYPES: Readonly<Record<Metadata, Schema>> = {
  topic: { type: 'STRING', optional: true },
  partition: { type: 'INT32', optional: true },
  offset: { type: 'INT64', optional: true },
  timestamp: { type: 'INT64', optional: true, name: 'org.apache.kafka.connect.data.Timestamp' },
  key: { type: 'STRING', optional: true },
  headers: { type: 'STRING', optional: true },
};

function withColumns({ row, dialect }: EventSchema, columns: readonly MetadataColumn[]): EventSchema {
  const added = columns.map(({ what, column }): Field => ({ name: column, schema: TYPES[what] }));
  const own = row.fields.filter(({ name }) => !columns.some(({ column }) => column === name));
  const fields: StructSchema['fields'] = [...own, ...added];
  return { row: { ...row, fields }, dialect };
}
