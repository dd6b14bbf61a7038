/** All transforms that there are, by the names that users' files have for them. */
import { byLogicalTableRouter } from './debezium/by-logical-table-router.js';
import { extractNewRecordState } from './debezium/extract-new-record-state.js';
import { cast } from './kafka/cast.js';
import { extractField } from './kafka/extract-field.js';
import { filter } from './kafka/filter.js';
import { flatten } from './kafka/flatten.js';
import { headerFrom } from './kafka/header-from.js';
import { dropHeaders, insertHeader } from './kafka/headers.js';
import { hoistField } from './kafka/hoist-field.js';
import { insertField } from './kafka/insert-field.js';
import { maskField } from './kafka/mask-field.js';
import { regexRouter } from './kafka/regex-router.js';
import { replaceField } from './kafka/replace-field.js';
import { setSchemaMetadata } from './kafka/set-schema-metadata.js';
import { timestampConverter } from './kafka/timestamp-converter.js';
import { timestampRouter } from './kafka/timestamp-router.js';
import { valueToKey } from './kafka/value-to-key.js';
import { PREDICATES } from './predicates.js';
import type { Side } from './record-part.js';
import type { PredicateType, TransformType } from './transform.js';

/** All transforms, as users can name them; those that are `sided` with `$Key` or `$Value` behind. */
export const TRANSFORMS: readonly TransformType[] = [
  cast,
  dropHeaders,
  extractField,
  filter,
  flatten,
  headerFrom,
  hoistField,
  insertField,
  insertHeader,
  maskField,
  regexRouter,
  replaceField,
  setSchemaMetadata,
  timestampConverter,
  timestampRouter,
  valueToKey,
  byLogicalTableRouter,
  extractNewRecordState,
];

export interface FoundTransform {
  readonly type: TransformType;
  readonly side: Side;
}

const BY_NAME = new Map<string, FoundTransform>(
  TRANSFORMS.flatMap((type): [string, FoundTransform][] => {
    if (!type.sided) return namesOf(type.javaClass).map((name) => [name, { type, side: 'value' }]);
    return (['key', 'value'] as const).flatMap((side): [string, FoundTransform][] => {
      const suffix = side === 'key' ? '$Key' : '$Value';
      return namesOf(type.javaClass + suffix).map((name) => [name, { type, side }]);
    });
  }),
);

const PREDICATES_BY_NAME = new Map(
  PREDICATES.flatMap((type) => namesOf(type.javaClass).map((name): [string, PredicateType] => [name, type])),
);

/** Connect takes a class by its full and by its simple name. */
function namesOf(javaClass: string): string[] {
  return [javaClass, javaClass.slice(javaClass.lastIndexOf('.') + 1)];
}

export function findTransform(name: string): FoundTransform | undefined {
  return BY_NAME.get(name.trim());
}

export function findPredicate(name: string): PredicateType | undefined {
  return PREDICATES_BY_NAME.get(name.trim());
}

export const TRANSFORM_NAMES: readonly string[] = [...BY_NAME.keys()];
export const PREDICATE_NAMES: readonly string[] = [...PREDICATES_BY_NAME.keys()];
