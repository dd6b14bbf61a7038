import { RegistryFailure } from './failure.js';
import type { SchemaDefinition, SchemaReference, SchemaStore, StoredSchema, SubjectVersion } from './store.js';

/**
 * The paths of the registry and what they answer, after Confluent's "Schema Registry API Reference" and the classes in
 * io.confluent.kafka.schemaregistry.rest.resources.
 */

export interface RegistryRequest {
  readonly method: string;
  /** Decoded segments. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: string;
}

const TYPES = ['JSON', 'PROTOBUF', 'AVRO'];

/** What is answered with status 200, as JSON. @throws RegistryFailure for everything else */
export function answerRequest(store: SchemaStore, request: RegistryRequest): unknown {
  const [collection, ...rest] = request.path;
  switch (collection) {
    case undefined:
      return {};
    case 'schemas':
      return answerSchemas(store, rest);
    case 'subjects':
      return answerSubjects(store, request, rest);
    case 'config':
      return { compatibilityLevel: 'NONE' };
    case 'mode':
      return { mode: 'READWRITE' };
    default:
      throw notFound();
  }
}

function answerSchemas(store: SchemaStore, [kind, key = '', part]: readonly string[]): unknown {
  if (kind === 'types') return TYPES;
  if (kind === 'guids') return described(store.byGuid(key) ?? unknownSchema(key));
  if (kind !== 'ids') throw notFound();
  const stored = store.byId(Number(key)) ?? unknownSchema(key);
  const uses = store.usesOf(stored.id);
  switch (part) {
    case undefined:
      return described(stored);
    case 'schema':
      return JSON.parse(stored.schema);
    case 'subjects':
      return uses.map(({ subject }) => subject);
    case 'versions':
      return uses.map(({ subject, version }) => ({ subject, version }));
    default:
      throw notFound();
  }
}

function answerSubjects(store: SchemaStore, request: RegistryRequest, path: readonly string[]): unknown {
  const [subject, versions, version, part] = path;
  const { method, body } = request;
  const withDeleted = request.query.get('deleted') === 'true';
  if (subject === undefined) return store.subjects();
  if (versions === undefined) return method === 'DELETE' ? remove(store, subject) : lookUp(store, subject, body);
  if (versions !== 'versions') throw notFound();
  if (version === undefined) {
    if (method !== 'POST') return existing(store, subject, withDeleted).map((entry) => entry.version);
    return registered(store.register(subject, readDefinition(store, body)));
  }
  const entry = versionOf(existing(store, subject, withDeleted), version);
  if (method === 'DELETE') {
    entry.deleted = true;
    return entry.version;
  }
  return part === 'schema' ? JSON.parse(entry.stored.schema) : describedVersion(entry);
}

function existing(store: SchemaStore, subject: string, withDeleted: boolean): SubjectVersion[] {
  const versions = store.versions(subject, withDeleted);
  if (versions.length === 0) throw new RegistryFailure(404, 40401, `Subject '${subject}' not found.`);
  return versions;
}

function versionOf(versions: readonly SubjectVersion[], text: string): SubjectVersion {
  const found =
    text === 'latest' || text === '-1' ? versions.at(-1) : versions.find(({ version }) => `${version}` === text);
  if (found !== undefined) return found;
  if (/^\d+$/.test(text)) throw new RegistryFailure(404, 40402, `Version ${text} not found.`);
  throw new RegistryFailure(
    422,
    42202,
    `The specified version '${text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
}

function lookUp(store: SchemaStore, subject: string, body: string): unknown {
  existing(store, subject, false);
  const entry = store.find(subject, readDefinition(store, body));
  if (entry === undefined) throw new RegistryFailure(404, 40403, 'Schema not found');
  return describedVersion(entry);
}

function remove(store: SchemaStore, subject: string): number[] {
  return existing(store, subject, false).map((entry) => {
    entry.deleted = true;
    return entry.version;
  });
}

function readDefinition(store: SchemaStore, body: string): SchemaDefinition {
  let sent: Partial<SchemaDefinition>;
  try {
    sent = JSON.parse(body) as Partial<SchemaDefinition>;
  } catch {
    throw new RegistryFailure(400, 400, 'Unrecognized request body');
  }
  const { schema, schemaType = 'AVRO', references = [] } = sent;
  if (typeof schema !== 'string' || schema.trim() === '') throw new RegistryFailure(422, 42201, 'Empty schema');
  if (!TYPES.includes(schemaType)) throw new RegistryFailure(422, 422, `Invalid schema type ${schemaType}`);
  if (schemaType !== 'PROTOBUF') checkJson(schema, schemaType);
  for (const reference of references) checkReference(store, reference);
  return { schema, schemaType, references };
}

function checkJson(schema: string, schemaType: string): void {
  try {
    JSON.parse(schema);
  } catch {
    throw new RegistryFailure(422, 42201, `Either the input schema or one its references is invalid: no ${schemaType}`);
  }
}

function checkReference(store: SchemaStore, { subject, version }: SchemaReference): void {
  if (store.versions(subject, true).some((entry) => entry.version === version)) return;
  throw new RegistryFailure(
    422,
    42201,
    `Invalid schema: the reference to version ${version} of ${subject} is not known`,
  );
}

function registered({ stored, version }: SubjectVersion): unknown {
  return { id: stored.id, version, guid: stored.guid, ...described(stored) };
}

/** As the registry tells a schema: it leaves out what is usual. */
function described({ schema, schemaType, references, guid }: StoredSchema): object {
  return {
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    schema,
    ...(references.length === 0 ? {} : { references }),
    guid,
  };
}

function describedVersion({ subject, version, stored }: SubjectVersion): object {
  return { subject, version, id: stored.id, ...described(stored) };
}

function unknownSchema(key: string): never {
  throw new RegistryFailure(404, 40403, `Schema ${key} not found`);
}

function notFound(): Error {
  return new RegistryFailure(404, 404, 'HTTP 404 Not Found');
}
