/** io.debezium.transforms.ExtractNewRecordState: makes the row of a change event the whole value. */
import { boolean, oneOf } from '../../config/field.js';
import type { StructSchema } from '../../data/schema.js';
import { type ConnectRecord, type Header, Struct, type Value } from '../../data/value.js';
import { insertLiteral } from '../kafka/insert-field.js';
import { dataError, requireStruct, withPart } from '../record-part.js';
import { allIndexes, FieldCopier, indexOf, perSchema, primitive, structLike } from '../struct-plan.js';
import { defineTransform, replaceNullWithDefault, type Transform, text } from '../transform.js';
import { DELETE_MODES, type DeleteHandling, deleteHandling } from './delete-handling.js';
import { FieldDropper } from './drop-fields.js';
import { isEnvelope } from './envelope.js';
import { type AddedField, type FieldReference, parseFieldReference, resolveReference } from './field-reference.js';

const DELETED_FIELD = '__deleted';
const NAMES = '`field`, `struct.field`, or either with `:newName`, comma-separated';
const INSTEAD = 'Use delete.tombstone.handling.mode, which stands for both former keys.';

export const extractNewRecordState = defineTransform({
  javaClass: 'io.debezium.transforms.ExtractNewRecordState',
  sided: false,
  changesTopic: { key: 'route.by.field' },
  summary: 'Makes the row of a change event of Debezium the whole value. Truncate events are dropped.',
  fields: {
    'delete.tombstone.handling.mode': oneOf(...DELETE_MODES)
      .otherwise('`tombstone`')
      .doc(
        'What becomes of deletes and tombstones. `drop`: both are dropped. `tombstone`: deletes lose their value, tombstones are dropped. `rewrite`: deletes become the row before them with `__deleted` set to `true`, tombstones are dropped. `rewrite-with-tombstone`: the same, tombstones stay. `delete-to-tombstone`: deletes lose value and schema, tombstones are dropped.',
      ),
    'delete.handling.mode': oneOf('drop', 'rewrite', 'none')
      .doc('The key of Debezium before 2.5, honoured where `delete.tombstone.handling.mode` is not set.')
      .deprecated(INSTEAD)
      .importance('LOW'),
    'drop.tombstones': boolean()
      .doc('The key of Debezium before 2.5, honoured where `delete.tombstone.handling.mode` is not set.')
      .deprecated(INSTEAD)
      .importance('LOW'),
    'route.by.field': text().default('').doc('The field of the row whose value becomes the topic.').importance('LOW'),
    'add.fields': text().default('').doc(`Fields of the event to add to the row: ${NAMES}.`).importance('LOW'),
    'add.fields.prefix': text().default('__').doc('What stands before the names of added fields.').importance('LOW'),
    'add.headers': text().default('').doc(`Fields of the event to add as headers: ${NAMES}.`).importance('LOW'),
    'add.headers.prefix': text().default('__').doc('What stands before the names of added headers.').importance('LOW'),
    'drop.fields.header.name': text().doc('The header that lists fields to drop from the row.').importance('LOW'),
    'drop.fields.from.key': boolean()
      .default('false')
      .doc('Whether these fields are dropped from the key too.')
      .importance('LOW'),
    'drop.fields.keep.schema.compatible': boolean()
      .default('true')
      .doc('Whether only fields that allow null are dropped.')
      .importance('LOW'),
    'replace.null.with.default': replaceNullWithDefault.importance('LOW'),
  },
  compile: (values) => {
    const dropHeader = values['drop.fields.header.name']?.trim() ?? '';
    return new Unwrapper({
      handling: deleteHandling(values['delete.tombstone.handling.mode'], {
        mode: values['delete.handling.mode'],
        dropTombstones: values['drop.tombstones'],
      }),
      fields: parseReferences('add.fields', values['add.fields.prefix'], values['add.fields']),
      headers: parseReferences('add.headers', values['add.headers.prefix'], values['add.headers']),
      routeByField: values['route.by.field'] === '' ? undefined : values['route.by.field'],
      dropper:
        dropHeader === ''
          ? undefined
          : new FieldDropper(dropHeader, values['drop.fields.from.key'], values['drop.fields.keep.schema.compatible']),
      nullToDefault: values['replace.null.with.default'],
    });
  },
});

function parseReferences(key: string, prefix: string, list: string): FieldReference[] {
  if (list === '') return [];
  return list.split(',').map((reference) => parseFieldReference(key, prefix, reference));
}

interface Settings {
  readonly handling: DeleteHandling;
  readonly fields: readonly FieldReference[];
  readonly headers: readonly FieldReference[];
  readonly routeByField: string | undefined;
  readonly dropper: FieldDropper | undefined;
  readonly nullToDefault: boolean;
}

class Unwrapper implements Transform {
  readonly #settings: Settings;
  readonly #markDeleted: Transform;
  readonly #markPresent: Transform;
  readonly #planOf: (envelope: StructSchema) => EnvelopePlan;
  readonly #tombstoneHeaders: readonly Header[];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#markDeleted = insertLiteral(DELETED_FIELD, 'true', settings.nullToDefault);
    this.#markPresent = insertLiteral(DELETED_FIELD, 'false', settings.nullToDefault);
    this.#planOf = perSchema((envelope: StructSchema) => envelopePlan(envelope, settings));
    this.#tombstoneHeaders = settings.headers
      .filter(({ field }) => field === 'op')
      .map(({ newName }) => ({ key: newName, schema: primitive('STRING', false), value: 'd' }));
  }

  apply(record: ConnectRecord): ConnectRecord | undefined {
    const { schema, value } = record.value;
    if (value === null) return this.#tombstone(record);
    if (schema === undefined || !isEnvelope(schema)) return record;
    const envelope = requireStruct(value, 'Record state extraction');
    const plan = this.#planOf(envelope.schema);
    const headed = withHeaders(record, plan, envelope);
    if ((envelope.values[plan.after] ?? null) !== null) return this.#upsert(headed, envelope, plan);
    // Neither before nor after: the table was truncated.
    if ((envelope.values[plan.before] ?? null) === null) return undefined;
    return this.#delete(headed, envelope, plan);
  }

  #tombstone(record: ConnectRecord): ConnectRecord | undefined {
    if (!this.#settings.handling.keepTombstones) return undefined;
    if (this.#tombstoneHeaders.length === 0) return record;
    return { ...record, headers: [...record.headers, ...this.#tombstoneHeaders] };
  }

  #upsert(record: ConnectRecord, envelope: Struct, plan: EnvelopePlan): ConnectRecord {
    const { handling } = this.#settings;
    const extracted = withPart(record, 'value', plan.afterSchema, envelope.values[plan.after] ?? null);
    const row = handling.deletes === 'rewrite' ? marked(this.#markPresent, extracted) : extracted;
    return this.#drop(plan.addFields(this.#route(row, row.value.value), envelope));
  }

  #drop(record: ConnectRecord): ConnectRecord {
    return this.#settings.dropper?.apply(record) ?? record;
  }

  #delete(record: ConnectRecord, envelope: Struct, plan: EnvelopePlan): ConnectRecord | undefined {
    const { handling } = this.#settings;
    const before = envelope.values[plan.before] ?? null;
    switch (handling.deletes) {
      case 'drop':
        return undefined;
      case 'null':
        return this.#drop(this.#route(withPart(record, 'value', plan.afterSchema, null), before));
      case 'tombstone':
        return this.#drop(this.#route(withPart(record, 'value', undefined, null), before));
      default: {
        const row = marked(this.#markDeleted, withPart(record, 'value', plan.beforeSchema, before));
        return plan.addFields(this.#drop(this.#route(row, before)), envelope);
      }
    }
  }

  #route(record: ConnectRecord, row: Value): ConnectRecord {
    const { routeByField } = this.#settings;
    if (routeByField === undefined) return record;
    const struct = requireStruct(row, 'Read record to set topic routing');
    const field = struct.schema.fields[indexOf(struct.schema, routeByField)];
    if (field === undefined) throw dataError(`${routeByField} is not a valid field name`, 'Correct route.by.field.');
    if (field.schema.type !== 'STRING') throw dataError(`Field '${routeByField}' is not of type STRING`);
    const topic = struct.get(routeByField);
    return typeof topic !== 'string' || topic.trim() === '' ? record : { ...record, topic };
  }
}

/** InsertField gives every record back. */
function marked(mark: Transform, record: ConnectRecord): ConnectRecord {
  return mark.apply(record) ?? record;
}

function withHeaders(record: ConnectRecord, { headers }: EnvelopePlan, envelope: Struct): ConnectRecord {
  if (headers.length === 0) return record;
  const added = headers.map(({ name, schema, read }): Header => ({ key: name, schema, value: read(envelope) }));
  return { ...record, headers: [...record.headers, ...added] };
}

type EnvelopePlan = ReturnType<typeof envelopePlan>;

function envelopePlan(envelope: StructSchema, settings: Settings) {
  const before = indexOf(envelope, 'before');
  const after = indexOf(envelope, 'after');
  const [beforeSchema, afterSchema] = [envelope.fields[before]?.schema, envelope.fields[after]?.schema];
  if (beforeSchema === undefined || afterSchema === undefined) {
    throw dataError(
      `Unknown field: ${afterSchema === undefined ? 'after' : 'before'}`,
      'The schema is named as that of a change event of Debezium but is none; skip such records with a predicate.',
    );
  }
  const resolve = (references: readonly FieldReference[]): AddedField[] =>
    references.map((reference) => resolveReference(reference, envelope)).filter((field) => field !== undefined);
  const headers = resolve(settings.headers);
  return { before, beforeSchema, after, afterSchema, headers, addFields: fieldAdder(resolve(settings.fields)) };
}

/** Puts fields of the envelope behind those of the row, whose schema no longer allows null as a whole. */
function fieldAdder(added: readonly AddedField[]): (record: ConnectRecord, envelope: Struct) => ConnectRecord {
  const planOf = perSchema((schema: StructSchema) => ({
    schema: structLike(schema, [...schema.fields, ...added.map(({ name, schema: own }) => ({ name, schema: own }))]),
    copier: new FieldCopier(schema, allIndexes(schema), false),
  }));
  return (record, envelope) => {
    const row = requireStruct(record.value.value, 'source field insertion');
    const plan = planOf(row.schema);
    const values = plan.copier.copy(row);
    for (const { read } of added) values.push(read(envelope));
    return withPart(record, 'value', plan.schema, new Struct(plan.schema, values));
  };
}
