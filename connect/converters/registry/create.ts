import type { ConfigDefinition } from '../../config/definition.js';
import type { Fields, Infer } from '../../config/field.js';
import { SluiceError } from '../../errors.js';
import { RegistryClient, readRegistrySettings } from '../../registry/index.js';
import type { TextWriter } from '../writers.js';
import { avroConverterConfig, jsonSchemaConverterConfig, protobufConverterConfig } from './config.js';
import { avroFormat, jsonSchemaFormat, protobufFormat } from './formats.js';
import { RegistryConverter, type SchemaFormat } from './registry-converter.js';

/** The converters that use a registry, under the class names that users' configurations have. */
export const REGISTRY_CONVERTERS = {
  'io.confluent.connect.avro.AvroConverter': {
    config: avroConverterConfig,
    format: (properties: Properties, prefix: string, writeText: TextWriter): SchemaFormat => {
      const values = parse(avroConverterConfig, properties, prefix);
      return avroFormat(
        {
          enhancedAvroSchemaSupport: values['enhanced.avro.schema.support'],
          connectMetaData: values['connect.meta.data'],
          discardTypeDocDefault: values['discard.type.doc.default'],
          flattenSingletonUnions: values['flatten.singleton.unions'],
          generalizedSumTypeSupport: values['generalized.sum.type.support'],
        },
        writeText,
      );
    },
  },
  'io.confluent.connect.protobuf.ProtobufConverter': {
    config: protobufConverterConfig,
    format: (properties: Properties, prefix: string, writeText: TextWriter): SchemaFormat => {
      const values = parse(protobufConverterConfig, properties, prefix);
      return protobufFormat(
        {
          enhancedProtobufSchemaSupport: values['enhanced.protobuf.schema.support'],
          generalizedSumTypeSupport: values['generalized.sum.type.support'],
          intForEnums: values['int.for.enums'],
          optionalForNullables: values['optional.for.nullables'],
          optionalForProto2: values['optional.for.proto2'],
          wrapperForNullables: values['wrapper.for.nullables'],
          wrapperForRawPrimitives: values['wrapper.for.raw.primitives'],
          generateStructForNulls: values['generate.struct.for.nulls'],
          generateIndexForUnions: values['generate.index.for.unions'],
          flattenUnions: values['flatten.unions'],
        },
        writeText,
      );
    },
  },
  'io.confluent.connect.json.JsonSchemaConverter': {
    config: jsonSchemaConverterConfig,
    format: (properties: Properties, prefix: string, writeText: TextWriter): SchemaFormat => {
      const values = parse(jsonSchemaConverterConfig, properties, prefix);
      return jsonSchemaFormat(
        {
          useOptionalForNonRequired: values['use.optional.for.nonrequired'],
          flattenSingletonUnions: values['flatten.singleton.unions'],
          generalizedSumTypeSupport: values['generalized.sum.type.support'],
        },
        writeText,
      );
    },
  },
} as const;

export type RegistryConverterClass = keyof typeof REGISTRY_CONVERTERS;

export function isRegistryConverterClass(name: string): name is RegistryConverterClass {
  return Object.hasOwn(REGISTRY_CONVERTERS, name);
}

type Properties = Readonly<Record<string, string>>;

/**
 * Makes a converter of the settings that follow `value.converter.` or `key.converter.` in a configuration. Whoever makes
 * it closes its client (`converter.client.close()`), which several converters may share.
 * @param side which part of the records it reads
 * @param writeText takes values that are texts, as rows of the load's format
 * @throws SluiceError CONFIG_INVALID with everything that is wrong
 */
export function createRegistryConverter(
  className: RegistryConverterClass,
  properties: Properties,
  side: 'key' | 'value',
  writeText: TextWriter,
  client = createRegistryClient(properties, side),
): RegistryConverter {
  const prefix = `${side}.converter.`;
  const format = REGISTRY_CONVERTERS[className].format(properties, prefix, writeText);
  const strategy = properties[`${side}.subject.name.strategy`]?.trim() ?? 'TopicNameStrategy';
  const byTopic = strategy === 'TopicNameStrategy' || strategy.endsWith('.TopicNameStrategy');
  return new RegistryConverter(client, format, (topic) => (byTopic ? `${topic}-${side}` : undefined));
}

/** @throws SluiceError CONFIG_INVALID with everything that is wrong */
export function createRegistryClient(properties: Properties, side: 'key' | 'value'): RegistryClient {
  return new RegistryClient(readRegistrySettings(properties, `${side}.converter.`));
}

function parse<F extends Fields>(config: ConfigDefinition<F>, properties: Properties, prefix: string): Infer<F> {
  const { values, problems } = config.parse(properties);
  if (values !== undefined) return values;
  const [first] = problems;
  throw new SluiceError('CONFIG_INVALID', problems.map(({ message }) => message).join(' '), {
    hint: first?.hint ?? 'Correct the settings of the converter.',
    context: { key: `${prefix}${first?.key ?? ''}` },
  });
}
