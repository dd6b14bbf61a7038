/** How the converter settings of a worker and a connector go together, and what they come to. */
import {
  CONVERTER_CLASSES,
  type ConverterClass,
  type ConverterKind,
  findConverter,
  HEADER_CONVERTER_CLASSES,
  JSON_CONVERTER,
  SIMPLE_HEADER_CONVERTER,
  STRING_CONVERTER,
} from './converter-classes.js';
import { defineConfig } from './definition.js';
import { boolean, className, family, oneOf } from './field.js';
import type { Findings } from './findings.js';
import { type RawConfig, withPrefix } from './keys.js';

export type { ConverterKind } from './converter-classes.js';

/** A converter with its settings. */
export interface ConverterConfig {
  readonly kind: ConverterKind;
  readonly className: string;
  /** `schemas.enable` of the JSON converter: values are `{"schema": …, "payload": …}`. */
  readonly schemasEnable: boolean;
  /** Whether a null in an optional field that has a schema default is read as that default. */
  readonly replaceNullWithDefault: boolean;
  /** All that was given behind the prefix; logins for registries are among it, hence it is not to be shown. */
  readonly properties: RawConfig;
  /** Such as `value.converter.`, for messages. */
  readonly prefix: string;
}

const GROUP = 'Converters';
const ACCEPTED = CONVERTER_CLASSES.map(({ className }) => `\`${className}\``).join(', ');
const RECOMMENDED = CONVERTER_CLASSES.map(({ className }) => className);
const MORE_SETTINGS =
  'The settings of each converter, with those for a schema registry, are in [converters.md](converters.md).';

/** The converter keys, declared alike for connectors and workers. */
export const converterFields = {
  'key.converter': className()
    .doc(
      'The converter of record keys. Keys are read where they matter: by transforms, for deletes of change events, for the metadata column of the key and for the key columns of tables that are created.',
    )
    .recommend(...RECOMMENDED)
    .accepts(ACCEPTED)
    .otherwise('that of the worker; where it has none either, `StringConverter`, with change events that of the values')
    .group(GROUP),
  'value.converter': className()
    .doc(
      'The converter of record values. `StringConverter` and `ByteArrayConverter` take each value as one line for the database; `JsonConverter` reads JSON, with or without a schema beside the payload; others read Avro, Protobuf and JSON Schema, or plain numbers.',
    )
    .importance('HIGH')
    .recommend(...RECOMMENDED)
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
  'header.converter': className()
    .doc('The converter of record headers, which transforms and the metadata column of the headers read.')
    .importance('LOW')
    .recommend(...HEADER_CONVERTER_CLASSES.map((header) => header.className))
    .otherwise(`that of the worker, else \`${SIMPLE_HEADER_CONVERTER}\``)
    .group(GROUP),
  'key.converter.*': family().doc(`Settings of the key converter. ${MORE_SETTINGS}`).importance('LOW').group(GROUP),
  'value.converter.*': family()
    .doc(`Other settings of the value converter. ${MORE_SETTINGS}`)
    .importance('LOW')
    .group(GROUP),
  'header.converter.*': family()
    .doc(`Settings of the header converter. ${MORE_SETTINGS}`)
    .importance('LOW')
    .group(GROUP),
};

const SIDES = ['key.converter', 'value.converter', 'header.converter'] as const;
type Side = (typeof SIDES)[number];

function classesOf(side: Side): readonly ConverterClass[] {
  return side === 'header.converter' ? HEADER_CONVERTER_CLASSES : CONVERTER_CLASSES;
}

/**
 * Reports converters that there are not, and what is wrong with the settings of those that there are. `raw` is under
 * declared names; what is a placeholder in it is trusted.
 */
export function checkConverters(
  values: { readonly [side in Side]?: string | undefined },
  raw: RawConfig,
  findings: Findings,
): void {
  for (const side of SIDES) {
    const name = values[side];
    if (name === undefined) continue;
    const known = findConverter(name, classesOf(side));
    if (known === undefined) reportUnknown(side, name, findings);
    else checkSettings(side, known, raw, findings);
  }
}

function checkSettings(side: Side, { fields }: ConverterClass, raw: RawConfig, findings: Findings): void {
  const prefix = `${side}.`;
  const definition = defineConfig({
    name: side,
    title: side,
    introduction: '',
    fields: withPrefix({ ...COMMON_FIELDS, ...fields }, prefix),
    rules: [],
  });
  const own = Object.entries(raw).filter(([key]) => key.startsWith(prefix));
  const { problems, warnings, notes } = definition.check(Object.fromEntries(own));
  // What is declared for all connectors is read, and complained about, with them.
  findings.problems.push(...problems.filter(({ key }) => !Object.hasOwn(converterFields, key)));
  findings.warnings.push(...warnings);
  findings.notes.push(...notes);
}

const COMMON_FIELDS = {
  'converter.type': oneOf('key', 'value', 'header').noEffect('the key says what the converter is for.'),
};

function reportUnknown(side: Side, value: string, findings: Findings): void {
  const accepted = classesOf(side).map(({ className }) => className);
  findings.problem(
    side,
    `Invalid value ${value} for configuration ${side}: Class ${value} could not be found.`,
    `Accepted are ${accepted.join(', ')}.`,
  );
}

/** What the settings of a side come to. */
export function converterConfig(
  side: Side,
  { name, properties }: { name: string | undefined; properties: RawConfig },
): ConverterConfig {
  const fallback = side === 'header.converter' ? SIMPLE_HEADER_CONVERTER : STRING_CONVERTER;
  const found = findConverter(name ?? fallback, classesOf(side));
  const isJsonConverter = found?.className === JSON_CONVERTER;
  const isOff = (key: string) => properties[key]?.trim().toLowerCase() === 'false';
  return {
    kind: found?.kind ?? 'string',
    className: found?.className ?? STRING_CONVERTER,
    schemasEnable: isJsonConverter && !isOff('schemas.enable'),
    replaceNullWithDefault: !isOff('replace.null.with.default'),
    properties,
    prefix: `${side}.`,
  };
}

/**
 * The converter settings that a connector takes over from its worker. As in Kafka Connect, a connector without a
 * converter uses the worker's with all its settings. A connector that names the worker's own converter inherits the
 * settings it does not give itself, so that `value.converter.schemas.enable=false` in the worker's file works for it.
 */
export function inheritedConverters(connector: RawConfig, worker: RawConfig): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const side of SIDES) {
    const own = connector[side];
    const shared = worker[side];
    if (own !== undefined && shared !== undefined && classNameOf(side, own) !== classNameOf(side, shared)) continue;
    for (const [key, value] of Object.entries(worker)) {
      if ((key === side || key.startsWith(`${side}.`)) && connector[key] === undefined) inherited[key] = value;
    }
  }
  return inherited;
}

function classNameOf(side: Side, name: string): string | undefined {
  return findConverter(name, classesOf(side))?.className;
}
