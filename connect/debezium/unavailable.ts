/**
 * Large values of PostgreSQL (TOAST) that an update left as they were are not in its event: a placeholder stands for
 * them, in a form that depends on the type. What each looks like was recorded from Debezium 3.3.
 *
 * Two forms cannot be told from data: null, which is sent for arrays of decimals, and for bytes with
 * `binary.handling.mode=base64`.
 */
import { createHash } from 'node:crypto';
import { recordInvalid } from '../converters/invalid.js';
import type { Schema } from '../data/schema.js';

/** `unavailable.value.placeholder` of the source connector, by default. */
export const DEFAULT_PLACEHOLDER = '__debezium_unavailable_value';

/** What may stand for an unavailable value of the schema in JSON, byte for byte; of any schema where none is given. */
export function unavailableForms(schema: Schema | undefined, placeholder: string): readonly Buffer[] {
  const forms = schema === undefined ? Object.values(FORMS) : formsOf(schema);
  return forms.map((form) => Buffer.from(JSON.stringify(form(placeholder))));
}

type Form = (placeholder: string) => unknown;

const FORMS = {
  text: (placeholder) => placeholder,
  /** HSTORE as a text of JSON. */
  hstore: (placeholder) => JSON.stringify({ [placeholder]: placeholder }),
  base64: (placeholder) => Buffer.from(placeholder).toString('base64'),
  map: (placeholder) => ({ [placeholder]: placeholder }),
  texts: (placeholder) => [placeholder],
  uuids: (placeholder) => [nameUuid(placeholder)],
  numbers: (placeholder) => [...Buffer.from(placeholder)],
} satisfies Record<string, Form>;

function formsOf(schema: Schema): readonly Form[] {
  switch (schema.type) {
    case 'STRING':
      return schema.name === 'io.debezium.data.Json' ? [FORMS.text, FORMS.hstore] : [FORMS.text];
    case 'BYTES':
      return [FORMS.base64];
    case 'MAP':
      return [FORMS.map];
    case 'ARRAY':
      return arrayForms(schema.items);
    default:
      return [];
  }
}

function arrayForms({ type, name }: Schema): readonly Form[] {
  if (type === 'STRING') return [name === 'io.debezium.data.Uuid' ? FORMS.uuids : FORMS.texts];
  return type === 'INT32' || type === 'INT64' ? [FORMS.numbers] : [];
}

/** java.util.UUID.nameUUIDFromBytes: version 3, of the MD5 of the name alone. */
function nameUuid(name: string): string {
  const hash = createHash('md5').update(name).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x30, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The error for a row that lacks values, where it cannot be loaded without them. */
export function unavailableValues(path: string, columns: readonly string[]): Error {
  return recordInvalid(
    `The event does not hold the values of ${columns.map((column) => `${path}.${column}`).join(', ')}: they are large, and the update did not change them.`,
    'Set REPLICA IDENTITY FULL on the table in PostgreSQL. A row that is new, for its key has changed, has no values to keep; others keep theirs in tables whose unique key is merged on write.',
  );
}
