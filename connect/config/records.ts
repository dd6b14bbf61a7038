/** What becomes of records before they are rows: converters, transforms, columns that say where they come from. */

import { mayChangeTopic } from '../transforms/compile.js';
import { JSON_CONVERTER } from './converter-classes.js';
import { type ConverterConfig, converterConfig } from './converters.js';
import type { RawConfig } from './keys.js';

export const METADATA = ['topic', 'partition', 'offset', 'timestamp', 'key', 'headers'] as const;
export type Metadata = (typeof METADATA)[number];

/** A column that says where its row comes from. */
export interface MetadataColumn {
  readonly what: Metadata;
  readonly column: string;
}

export interface RecordConfig {
  readonly keyConverter: ConverterConfig;
  readonly valueConverter: ConverterConfig;
  readonly headerConverter: ConverterConfig;
  /** The keys of transforms and predicates; undefined where there are no transforms. */
  readonly transforms: RawConfig | undefined;
  /** Whether a transform may give records another topic, so that their table is known only then. */
  readonly changesTopics: boolean;
  readonly metadata: readonly MetadataColumn[];
}

/** The values that records are read by, as the fields of a sink connector declare them. */
interface RecordValues {
  readonly 'key.converter': string | undefined;
  readonly 'key.converter.*': RawConfig;
  readonly 'value.converter': string | undefined;
  readonly 'value.converter.*': RawConfig;
  readonly 'value.converter.schemas.enable': boolean;
  readonly 'value.converter.replace.null.with.default': boolean;
  readonly 'header.converter': string | undefined;
  readonly 'header.converter.*': RawConfig;
  readonly transforms: readonly string[] | undefined;
  readonly 'transforms.*': RawConfig;
  readonly predicates: readonly string[] | undefined;
  readonly 'predicates.*': RawConfig;
  readonly 'metadata.columns': readonly string[];
}

export function recordConfig(values: RecordValues): RecordConfig {
  return {
    keyConverter: converterConfig('key.converter', {
      name: values['key.converter'],
      properties: values['key.converter.*'],
    }),
    valueConverter: converterConfig('value.converter', {
      name: values['value.converter'],
      properties: {
        ...values['value.converter.*'],
        'schemas.enable': String(values['value.converter.schemas.enable']),
        'replace.null.with.default': String(values['value.converter.replace.null.with.default']),
      },
    }),
    headerConverter: converterConfig('header.converter', {
      name: values['header.converter'],
      properties: values['header.converter.*'],
    }),
    transforms: values.transforms?.length ? transformKeys(values) : undefined,
    changesTopics: mayChangeTopic(transformKeys(values)),
    metadata: readMetadataColumns(values['metadata.columns']).columns,
  };
}

/** The keys of transforms and predicates, as they stand in a connector's file. */
export function transformKeys(
  values: Partial<Pick<RecordValues, 'transforms' | 'transforms.*' | 'predicates' | 'predicates.*'>>,
): RawConfig {
  const below = (family: 'transforms' | 'predicates') =>
    Object.entries(values[`${family}.*`] ?? {}).map(([key, text]): [string, string] => [`${family}.${key}`, text]);
  return {
    transforms: (values.transforms ?? []).join(','),
    predicates: (values.predicates ?? []).join(','),
    ...Object.fromEntries([...below('transforms'), ...below('predicates')]),
  };
}

/** Reads `topic:kafka_topic` and the like. */
export function readMetadataColumns(texts: readonly string[]): {
  readonly columns: readonly MetadataColumn[];
  readonly problems: readonly string[];
} {
  const columns: MetadataColumn[] = [];
  const problems: string[] = [];
  for (const text of texts) {
    const colon = text.indexOf(':');
    const word = (colon < 0 ? text : text.slice(0, colon)).trim().toLowerCase();
    const column = colon < 0 ? '' : text.slice(colon + 1).trim();
    const what = METADATA.find((candidate) => candidate === word);
    if (what === undefined) problems.push(`There is no ${text}, only ${METADATA.join(', ')}`);
    else if (column === '') problems.push(`${text} names no column: write ${what}:column`);
    else if (columns.some((other) => other.column === column)) problems.push(`${column} is named twice`);
    else columns.push({ what, column });
  }
  return { columns, problems };
}

/** Whether values are plain texts, of which CSV is taken line by line: nothing has fields. */
export function areTexts({ valueConverter, transforms }: Pick<RecordConfig, 'valueConverter' | 'transforms'>): boolean {
  return transforms === undefined && isText(valueConverter);
}

/** Whether the converter makes texts, or what has no more to it than its text. */
export function isText({ kind }: Pick<ConverterConfig, 'kind'>): boolean {
  return kind !== 'json' && kind !== 'avroFiles' && kind !== 'registry';
}

export function isJsonConverter({ className }: ConverterConfig): boolean {
  return className === JSON_CONVERTER;
}
