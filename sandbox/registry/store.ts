import { createHash } from 'node:crypto';

export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema as producers send it. */
export interface SchemaDefinition {
  readonly schema: string;
  /** `AVRO`, `PROTOBUF` or `JSON`; `AVRO` where it is left out. */
  readonly schemaType?: string;
  readonly references?: readonly SchemaReference[];
}

export interface StoredSchema extends Required<SchemaDefinition> {
  readonly id: number;
  readonly guid: string;
}

export interface SubjectVersion {
  readonly subject: string;
  readonly version: number;
  readonly stored: StoredSchema;
  deleted: boolean;
}

/** Schemas by id and by subject: the same schema has the same id in every subject. */
export class SchemaStore {
  readonly #byText = new Map<string, StoredSchema>();
  readonly #byId = new Map<number, StoredSchema>();
  readonly #subjects = new Map<string, SubjectVersion[]>();

  constructor(readonly firstId: number) {}

  register(subject: string, definition: SchemaDefinition): SubjectVersion {
    const known = this.find(subject, definition);
    if (known !== undefined) return known;
    const versions = this.#subjects.get(subject) ?? [];
    this.#subjects.set(subject, versions);
    const stored = this.#store(definition);
    const entry = { subject, version: (versions.at(-1)?.version ?? 0) + 1, stored, deleted: false };
    versions.push(entry);
    return entry;
  }

  /** The version of the subject that has this schema. */
  find(subject: string, definition: SchemaDefinition): SubjectVersion | undefined {
    const text = identityOf(definition);
    return this.versions(subject).find(({ stored }) => identityOf(stored) === text);
  }

  byId(id: number): StoredSchema | undefined {
    return this.#byId.get(id);
  }

  byGuid(guid: string): StoredSchema | undefined {
    return [...this.#byId.values()].find((stored) => stored.guid === guid.toLowerCase());
  }

  subjects(): string[] {
    return [...this.#subjects.keys()].filter((subject) => this.versions(subject).length > 0);
  }

  versions(subject: string, withDeleted = false): SubjectVersion[] {
    return (this.#subjects.get(subject) ?? []).filter(({ deleted }) => withDeleted || !deleted);
  }

  /** Where a schema is in use. */
  usesOf(id: number): SubjectVersion[] {
    return this.subjects().flatMap((subject) => this.versions(subject).filter(({ stored }) => stored.id === id));
  }

  #store({ schema, schemaType = 'AVRO', references = [] }: SchemaDefinition): StoredSchema {
    const definition = { schema, schemaType, references };
    const text = identityOf(definition);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const stored = { ...definition, id: this.firstId + this.#byId.size, guid: guidOf(text) };
    this.#byText.set(text, stored);
    this.#byId.set(stored.id, stored);
    return stored;
  }
}

function identityOf({ schema, schemaType = 'AVRO', references = [] }: SchemaDefinition): string {
  return JSON.stringify([schemaType, schema, references.map(({ name, subject, version }) => [name, subject, version])]);
}

/** The same for the same schema everywhere. */
function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
