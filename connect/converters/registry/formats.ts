import { AVRO_DEFAULTS, type AvroOptions, compileAvro } from '../avro/index.js';
import { compileJsonSchema, JSON_SCHEMA_DEFAULTS, type JsonSchemaOptions } from '../json-schema-registry/index.js';
import { compileProtobuf, PROTOBUF_DEFAULTS, type ProtobufOptions } from '../protobuf/index.js';
import type { TextWriter } from '../writers.js';
import type { SchemaFormat } from './registry-converter.js';

/** How each kind of schema is compiled. `writeText` takes values that are texts. */

export function avroFormat(options: Partial<AvroOptions>, writeText: TextWriter): SchemaFormat {
  const all = { ...AVRO_DEFAULTS, ...options, rows: 'connect', trailingBytes: 'refuse' } as const;
  return {
    type: 'AVRO',
    compile({ text, resolved }) {
      const decoder = compileAvro(
        { schemaText: text, references: resolved.map((reference) => reference.text) },
        all,
        writeText,
      );
      return { decoderAt: () => decoder };
    },
  };
}

export function protobufFormat(options: Partial<ProtobufOptions>, writeText: TextWriter): SchemaFormat {
  const all = { ...PROTOBUF_DEFAULTS, ...options };
  return {
    type: 'PROTOBUF',
    compile: ({ text, resolved }) => compileProtobuf({ schemaText: text, references: resolved }, all, writeText),
  };
}

export function jsonSchemaFormat(options: Partial<JsonSchemaOptions>, writeText: TextWriter): SchemaFormat {
  const all = { ...JSON_SCHEMA_DEFAULTS, ...options };
  return {
    type: 'JSON',
    compile({ text, resolved }) {
      const decoder = compileJsonSchema({ schemaText: text, references: resolved }, all, writeText);
      return { decoderAt: () => decoder };
    },
  };
}
