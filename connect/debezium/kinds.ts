/** Which kind of record a value is: a change event, a flattened one, or one of those that Debezium sends beside them. */
import type { Schema, StructSchema } from '../data/schema.js';
import { decodeString, walkObject } from '../json/index.js';
import type { SkipReason } from './events.js';
import type { EventParts } from './parts.js';

export type Kind = 'change' | 'row' | SkipReason;

/** By the names of Debezium's schemas, of which all tables and databases have the same endings. */
const NAMES: readonly (readonly [RegExp, SkipReason])[] = [
  [/^io\.debezium\.connector\.common\.Heartbeat$/, 'heartbeat'],
  [/\.TransactionMetadataValue$/, 'transaction'],
  [/SchemaChangeValue$/, 'schema-change'],
  [/^io\.debezium\.connector\.[a-z]+\.MessageValue$/, 'message'],
];

export function kindOfSchema(schema: StructSchema): Kind {
  const { name = '' } = schema;
  const known = NAMES.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return known[1];
  const has = (field: string) => schema.fields.some((candidate) => candidate.name === field);
  return /Envelope$/.test(name) || (has('op') && has('after') && has('source')) ? 'change' : 'row';
}

/** Without a schema, whether these are the parts of a change event. */
export function isChange({ opStart, sourceStart, beforeStart, afterStart }: EventParts): boolean {
  return opStart >= 0 && sourceStart >= 0 && (beforeStart >= 0 || afterStart >= 0);
}

/** Without a schema, by the members that a value has that is no change event. */
export function kindOfMembers(source: Buffer, start: number, end: number): Exclude<Kind, 'change'> {
  const members = new Set<string>();
  walkObject(source, start, end, (nameStart, nameEnd) => {
    members.add(decodeString(source, nameStart, nameEnd));
  });
  const has = (...names: readonly string[]) => names.every((name) => members.has(name));
  if (has('op', 'source', 'message')) return 'message';
  if (has('status', 'id', 'event_count', 'data_collections')) return 'transaction';
  if (has('databaseName', 'ddl') || has('source', 'tableChanges')) return 'schema-change';
  return members.size === 1 && has('ts_ms') ? 'heartbeat' : 'row';
}

export function isStruct(schema: Schema | null | undefined): schema is StructSchema {
  return schema?.type === 'STRUCT';
}
