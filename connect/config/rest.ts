/**
 * The shapes of Kafka Connect's REST interface for configurations: ConfigKeyInfo, ConfigValueInfo, ConfigInfos
 * (apache/kafka, connect/runtime, rest/entities).
 */
import type { Field, Importance, Width } from './field.js';
import type { Finding } from './findings.js';
import type { KeyIndex, RawConfig } from './keys.js';
import { maskSecrets } from './masking.js';
import { type ConfigType, HIDDEN } from './values.js';

export interface ConfigKeyInfo {
  readonly name: string;
  readonly type: ConfigType;
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: Importance;
  readonly documentation: string;
  readonly group: string;
  readonly order: number;
  readonly width: Width;
  readonly display_name: string;
  readonly dependents: readonly string[];
}

export interface ConfigValueInfo {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}

export interface ConfigInfo {
  readonly definition: ConfigKeyInfo;
  readonly value: ConfigValueInfo;
}

export interface ConfigInfos {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly ConfigInfo[];
}

/** Every single key; families have no entry, since `sink.properties.*` is not a key that anybody can set. */
export function describeKeys(index: KeyIndex): ConfigKeyInfo[] {
  const orders = new Map<string, number>();
  const single = [...index.fields].filter(([, field]) => !field.spec.family);
  return single.map(([key, field]) => {
    const order = (orders.get(field.spec.group) ?? 0) + 1;
    orders.set(field.spec.group, order);
    return describeKey(key, field, order);
  });
}

/** Every single key, and each member of a family that the user set, with its value and its errors. */
export function describeValues(
  index: KeyIndex,
  name: string,
  raw: RawConfig,
  problems: readonly Finding[],
): ConfigInfos {
  const shown = new Map<string, string>();
  const members: ConfigKeyInfo[] = [];
  for (const [key, text] of Object.entries(maskSecrets(index, raw))) {
    const match = index.find(key);
    if (match === undefined) continue;
    if (match.member === undefined) {
      shown.set(match.declared, text);
      continue;
    }
    const memberKey = `${match.declared.slice(0, -1)}${match.member}`;
    shown.set(memberKey, text);
    members.push(describeKey(memberKey, match.field, members.length + 1));
  }
  const keys = [...describeKeys(index), ...members];
  return {
    name,
    error_count: problems.length,
    groups: [...new Set(keys.map(({ group }) => group))],
    configs: keys.map((definition) => ({
      definition,
      value: {
        name: definition.name,
        value: shown.get(definition.name) ?? definition.default_value,
        recommended_values: index.fields.get(definition.name)?.spec.recommended ?? [],
        errors: problems.filter(({ key }) => key === definition.name).map(({ message }) => message),
        visible: true,
      },
    })),
  };
}

function describeKey(name: string, { spec }: Field<unknown, boolean>, order: number): ConfigKeyInfo {
  return {
    name,
    type: spec.type,
    required: spec.required,
    default_value: spec.defaultText === undefined ? null : spec.type === 'PASSWORD' ? HIDDEN : spec.defaultText,
    importance: spec.importance,
    documentation: spec.documentation,
    group: spec.group,
    order,
    width: spec.width,
    display_name: spec.displayName ?? name,
    dependents: spec.dependents,
  };
}
