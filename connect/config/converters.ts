/** Which converters there are, and how the converter settings of a worker and a connector go together. */
import { boolean, className, family, oneOf } from './field.js';
import type { Findings } from './findings.js';
import type { RawConfig } from './keys.js';

/** The converters that a value can be read with. */
export const CONVERTERS = ['string', 'json'] as const;
export type ConverterKind = (typeof CONVERTERS)[number];

export interface ConverterConfig {
  readonly kind: ConverterKind;
  /** `schemas.enable` of the JSON converter: values are `{"schema": …, "payload": …}`. */
  readonly schemasEnable: boolean;
  /** Whether a null in an optional field that has a schema default is read as that default. */
  readonly replaceNullWithDefault: boolean;
}

const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

const KIND_BY_CLASS: Readonly<Record<string, ConverterKind>> = {
  [STRING_CONVERTER]: 'string',
  [JSON_CONVERTER]: 'json',
};

/** Converters that Kafka Connect users have and that cannot read values here. */
const KNOWN_CLASSES = [
  'io.confluent.connect.avro.AvroConverter',
  'io.confluent.connect.protobuf.ProtobufConverter',
  'io.confluent.connect.json.JsonSchemaConverter',
  'org.apache.doris.kafka.connector.decode.avro.DorisAvroConverter',
  'org.apache.doris.kafka.connector.decode.DorisJsonConverter',
  'org.apache.kafka.connect.converters.ByteArrayConverter',
  'org.apache.kafka.connect.converters.BooleanConverter',
  'org.apache.kafka.connect.converters.DoubleConverter',
  'org.apache.kafka.connect.converters.FloatConverter',
  'org.apache.kafka.connect.converters.IntegerConverter',
  'org.apache.kafka.connect.converters.LongConverter',
  'org.apache.kafka.connect.converters.ShortConverter',
];

/** Connect accepts a plug-in by its class, its simple name and its simple name without the kind of plug-in. */
function fullClassName(name: string): string | undefined {
  const wanted = name.trim();
  return [...Object.keys(KIND_BY_CLASS), ...KNOWN_CLASSES].find((candidate) => {
    const simple = candidate.slice(candidate.lastIndexOf('.') + 1);
    return wanted === candidate || wanted === simple || wanted === simple.replace(/Converter$/, '');
  });
}

const GROUP = 'Converters';
const ACCEPTED = `\`${STRING_CONVERTER}\`, \`${JSON_CONVERTER}\``;

/** The converter keys, declared alike for connectors and workers. */
export const converterFields = {
  'key.converter': className()
    .doc(
      'The converter of record keys. The sinks do not read keys, so that any converter of Kafka Connect is accepted.',
    )
    .recommend(STRING_CONVERTER, JSON_CONVERTER)
    .otherwise('that of the worker')
    .group(GROUP),
  'value.converter': className()
    .doc(
      'The converter of record values. `StringConverter` takes each value as one line for the database; `JsonConverter` reads JSON, with or without a schema beside the payload.',
    )
    .importance('HIGH')
    .recommend(STRING_CONVERTER, JSON_CONVERTER)
    .accepts(ACCEPTED)
    .otherwise('that of the worker')
    .group(GROUP)
    .dependents('value.converter.schemas.enable'),
  'value.converter.schemas.enable': boolean()
    .default('true')
    .doc(
      'JSON converter: whether every value is an object with exactly the fields `schema` and `payload`. Set it to `false` for plain JSON.',
    )
    .importance('HIGH')
    .group(GROUP),
  'value.converter.replace.null.with.default': boolean()
    .default('true')
    .doc('JSON converter: whether a null in an optional field whose schema has a default is read as the default.')
    .importance('LOW')
    .group(GROUP),
  'value.converter.decimal.format': oneOf('BASE64', 'NUMERIC')
    .default('BASE64')
    .doc('JSON converter: how decimals are written to Kafka. Reading accepts both forms whatever is set.')
    .importance('LOW')
    .group(GROUP),
  'key.converter.*': family().doc('Settings of the key converter.').importance('LOW').group(GROUP),
  'value.converter.*': family().doc('Other settings of the value converter.').importance('LOW').group(GROUP),
};

/** Reports converters that do not exist, and value converters that do but cannot be used. */
export function checkConverters(
  values: { readonly 'key.converter'?: string | undefined; readonly 'value.converter'?: string | undefined },
  findings: Findings,
): void {
  const { 'key.converter': keyClass, 'value.converter': valueClass } = values;
  if (keyClass !== undefined && fullClassName(keyClass) === undefined)
    reportUnknown('key.converter', keyClass, findings);
  if (valueClass === undefined) return;
  const known = fullClassName(valueClass);
  if (known === undefined) {
    reportUnknown('value.converter', valueClass, findings);
  } else if (KIND_BY_CLASS[known] === undefined) {
    findings.problem(
      'value.converter',
      `Invalid value ${valueClass} for configuration value.converter: Values cannot be read with ${known} yet.`,
      `Accepted are ${STRING_CONVERTER} and ${JSON_CONVERTER}.`,
    );
  }
}

function reportUnknown(key: string, value: string, findings: Findings): void {
  findings.problem(
    key,
    `Invalid value ${value} for configuration ${key}: Class ${value} could not be found.`,
    `Accepted are ${STRING_CONVERTER} and ${JSON_CONVERTER}.`,
  );
}

/** The converter that a class name which `checkConverters` accepts stands for. */
export function converterKind(value: string): ConverterKind {
  return KIND_BY_CLASS[fullClassName(value) ?? ''] ?? 'string';
}

/**
 * The converter settings that a connector takes over from its worker. As in Kafka Connect, a connector without a
 * converter uses the worker's with all its settings. A connector that names the worker's own converter inherits the
 * settings it does not give itself, so that `value.converter.schemas.enable=false` in the worker's file works for it.
 */
export function inheritedConverters(connector: RawConfig, worker: RawConfig): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const side of ['key.converter', 'value.converter']) {
    const own = connector[side];
    const shared = worker[side];
    if (own !== undefined && shared !== undefined && fullClassName(own) !== fullClassName(shared)) continue;
    for (const [key, value] of Object.entries(worker)) {
      if ((key === side || key.startsWith(`${side}.`)) && connector[key] === undefined) inherited[key] = value;
    }
  }
  return inherited;
}
