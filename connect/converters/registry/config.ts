/** The keys of the converters that use a schema registry, as they follow `value.converter.` and `key.converter.`. */
import { type ConfigDefinition, defineConfig } from '../../config/definition.js';
import { boolean, type Fields, family, int, list, oneOf, secret, string } from '../../config/field.js';

const REGISTRY = 'Schema registry';
const SCHEMA = 'Schemas';

const WRITERS_SCHEMA = 'Values are always read with the schema that they were written with.';
const WRITING_ONLY = 'It matters to producers only.';

const registryFields = {
  'schema.registry.url': list()
    .required()
    .doc(
      'The schema registry, `http://host:8081`, or several addresses of it, separated by commas. A login may be in it.',
    )
    .importance('HIGH')
    .group(REGISTRY)
    .check((urls) => {
      const wrong = urls.filter((url) => !/^https?:\/\/./i.test(url) || !URL.canParse(url));
      const shown = wrong.map((url) => url.replace(/\/\/[^@/]*@/, '//'));
      return wrong.length > 0 ? `${shown.join(', ')} is not http://host:port or https://host:port` : undefined;
    }),
  'basic.auth.credentials.source': oneOf('URL', 'USER_INFO', 'SASL_INHERIT')
    .default('URL')
    .doc(
      'Where the user and the password for the registry are: in the URL, in `basic.auth.user.info`, or in `sasl.jaas.config`.',
    )
    .group(REGISTRY),
  'basic.auth.user.info': secret().doc('`user:password` for the registry.').group(REGISTRY),
  'sasl.jaas.config': secret().doc('The login of Kafka, for `SASL_INHERIT`.').importance('LOW').group(REGISTRY),
  'bearer.auth.credentials.source': oneOf('STATIC_TOKEN').doc('Where the token for the registry is.').group(REGISTRY),
  'bearer.auth.token': secret().doc('The token for the registry.').group(REGISTRY),
  'schema.registry.basic.auth.user.info': secret()
    .doc('The older name of `basic.auth.user.info`.')
    .deprecated('Use basic.auth.user.info.')
    .group(REGISTRY),
  'schema.registry.ssl.*': family()
    .doc(
      'TLS towards the registry: `truststore.location`, `truststore.password`, `truststore.type` (`JKS`, `PKCS12`, `PEM`), `keystore.*`, `key.password` and `endpoint.identification.algorithm`, as Kafka clients have them.',
    )
    .group(REGISTRY),
  'http.connect.timeout.ms': int({ min: 1 })
    .default('10000')
    .doc('How long to wait for a connection.')
    .importance('LOW')
    .group(REGISTRY),
  'http.read.timeout.ms': int({ min: 1 })
    .default('30000')
    .doc('How long to wait for an answer.')
    .importance('LOW')
    .group(REGISTRY),
  'max.retries': int({ min: 0 })
    .default('3')
    .doc('How often to ask again, at all addresses, when none answers or all answer with a server error.')
    .importance('LOW')
    .group(REGISTRY),
  'retries.wait.ms': int({ min: 0 })
    .default('1000')
    .doc('How long to wait before that; twice as long each time.')
    .importance('LOW')
    .group(REGISTRY),
  'retries.max.wait.ms': int({ min: 0 })
    .default('20000')
    .doc('The longest such wait.')
    .importance('LOW')
    .group(REGISTRY),
  'key.subject.name.strategy': string()
    .default('io.confluent.kafka.serializers.subject.TopicNameStrategy')
    .doc(
      'How producers name the subjects of keys. With `TopicNameStrategy` the registry is asked for schemas of the topic’s subject.',
    )
    .importance('LOW')
    .group(REGISTRY),
  'value.subject.name.strategy': string()
    .default('io.confluent.kafka.serializers.subject.TopicNameStrategy')
    .doc('The same for values.')
    .importance('LOW')
    .group(REGISTRY),
  'use.latest.version': boolean().noEffect(WRITERS_SCHEMA).doc(WRITERS_SCHEMA).importance('LOW').group(REGISTRY),
  'latest.compatibility.strict': boolean()
    .noEffect(WRITERS_SCHEMA)
    .doc(WRITERS_SCHEMA)
    .importance('LOW')
    .group(REGISTRY),
  'auto.register.schemas': boolean().noEffect(WRITING_ONLY).doc(WRITING_ONLY).importance('LOW').group(REGISTRY),
  'normalize.schemas': boolean().noEffect(WRITING_ONLY).doc(WRITING_ONLY).importance('LOW').group(REGISTRY),
  'schemas.cache.config': int()
    .noEffect('Schemas are kept as long as the connector runs.')
    .doc('Schemas are kept as long as the connector runs.')
    .importance('LOW')
    .group(REGISTRY),
  'schemas.enable': boolean()
    .noEffect('The schema comes from the registry.')
    .doc('A setting of the JsonConverter.')
    .importance('LOW')
    .group(REGISTRY),
};

const sumTypes = {
  'generalized.sum.type.support': boolean()
    .default('false')
    .doc('Whether unions and enums have the form that Connect gives them whatever format they come from.')
    .importance('LOW')
    .group(SCHEMA),
};

const scrub = {
  'scrub.invalid.names': boolean()
    .noEffect('Names are taken as they are in the schema.')
    .doc(WRITING_ONLY)
    .importance('LOW')
    .group(SCHEMA),
};

const flatten = {
  'flatten.singleton.unions': boolean()
    .default('true')
    .doc('Whether a union of a single type is that type.')
    .importance('LOW')
    .group(SCHEMA),
};

const avroFields = {
  ...registryFields,
  ...sumTypes,
  ...scrub,
  ...flatten,
  'enhanced.avro.schema.support': boolean()
    .default('false')
    .doc('Whether the branches of a union are called by the full names of their types, with the namespace.')
    .group(SCHEMA),
  'connect.meta.data': boolean()
    .default('true')
    .doc('Whether documentation and parameters of the Avro schema are kept in the Connect schema.')
    .importance('LOW')
    .group(SCHEMA),
  'discard.type.doc.default': boolean()
    .default('false')
    .doc('Whether only fields keep documentation and defaults, and types do not.')
    .importance('LOW')
    .group(SCHEMA),
  'allow.optional.map.keys': boolean().noEffect(WRITING_ONLY).doc(WRITING_ONLY).importance('LOW').group(SCHEMA),
  'specific.avro.reader': boolean()
    .noEffect('There are no generated classes here.')
    .doc('There are no generated classes here.')
    .importance('LOW')
    .group(SCHEMA),
};

const protobufFields = {
  ...registryFields,
  ...sumTypes,
  ...scrub,
  'enhanced.protobuf.schema.support': boolean()
    .default('false')
    .doc('Whether schemas have full names, with their packages.')
    .group(SCHEMA),
  'int.for.enums': boolean()
    .default('false')
    .doc('Whether an enum is the number of its value, not the name.')
    .group(SCHEMA),
  'optional.for.nullables': boolean()
    .default('false')
    .doc('Whether only fields that are marked `optional` may be null.')
    .group(SCHEMA),
  'optional.for.proto2': boolean()
    .default('true')
    .doc('Whether an `optional` field of proto2 that is not set is null.')
    .importance('LOW')
    .group(SCHEMA),
  'wrapper.for.nullables': boolean()
    .default('false')
    .doc('Whether wrapper messages such as `google.protobuf.Int32Value` stand for values that may be null.')
    .group(SCHEMA),
  'wrapper.for.raw.primitives': boolean()
    .default('true')
    .doc('Whether wrapper messages are the values in them.')
    .importance('LOW')
    .group(SCHEMA),
  'generate.struct.for.nulls': boolean()
    .default('false')
    .doc('Whether a message that is not set is one of which no field is set, instead of null.')
    .importance('LOW')
    .group(SCHEMA),
  'generate.index.for.unions': boolean()
    .default('true')
    .doc('Whether a oneof is called by its name and its number, such as `choice_0`.')
    .group(SCHEMA),
  'flatten.unions': boolean()
    .default('false')
    .doc('Whether the members of a oneof are fields of their message, instead of a struct of their own.')
    .group(SCHEMA),
};

const jsonSchemaFields = {
  ...registryFields,
  ...sumTypes,
  ...scrub,
  ...flatten,
  'use.optional.for.nonrequired': boolean()
    .default('false')
    .doc('Whether properties that are not in `required` may be null. Those that are missing are null in any case.')
    .group(SCHEMA),
  'object.additional.properties': boolean().noEffect(WRITING_ONLY).doc(WRITING_ONLY).importance('LOW').group(SCHEMA),
  'decimal.format': oneOf('BASE64', 'NUMERIC')
    .noEffect('Decimals are read in both forms.')
    .doc('Decimals are read in both forms.')
    .importance('LOW')
    .group(SCHEMA),
  'json.fail.invalid.schema': boolean()
    .default('false')
    .doc('Values are checked against the types of their schema, but not against its other rules.')
    .importance('LOW')
    .group(SCHEMA)
    .check((value) => (value ? 'Values are not checked against all rules of their schema' : undefined)),
  'preserve.additional.properties': boolean()
    .default('false')
    .doc('Properties that the schema does not name are left out.')
    .importance('LOW')
    .group(SCHEMA)
    .check((value) => (value ? 'Properties that the schema does not name cannot be kept' : undefined)),
};

function define<const F extends Fields>(name: string, title: string, fields: F): ConfigDefinition<F> {
  return defineConfig({
    name,
    title,
    introduction: `Settings of the converter, each after \`value.converter.\` or \`key.converter.\`.`,
    fields,
    rules: [],
  });
}

export const avroConverterConfig = define('avro-converter', 'Avro converter', avroFields);
export const protobufConverterConfig = define('protobuf-converter', 'Protobuf converter', protobufFields);
export const jsonSchemaConverterConfig = define('json-schema-converter', 'JSON Schema converter', jsonSchemaFields);
