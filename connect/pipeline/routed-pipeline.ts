/** Records whose rows have to be made, or that say themselves where they go. */
import { createCsvRowWriter, eachLine, memberText, type RowWriter } from '../converters/index.js';
import { writeJsonText } from '../converters/text-rows.js';
import type { Header, SchemaAndValue } from '../data/value.js';
import type { EventSchema } from '../debezium/index.js';
import { ChunkPool, RowBuffer, type RowMark } from '../rows/index.js';
import { decoderSource, encoderSource } from './byte-sources.js';
import { changeSource } from './change-source.js';
import { createMetadataRows, type MetadataRows, type RecordOrigin } from './metadata.js';
import { createParts, type Parts, type RegistryClients } from './parts.js';
import type { LocatedRecord, Pipeline } from './pipeline.js';
import { fieldNames } from './row-schema.js';
import type { Destination, RowSource } from './row-source.js';
import type { PipelineSettings } from './settings.js';
import { SchemaChangeNeeded } from './signals.js';
import { atStage } from './stage.js';
import { type RangeRows, rowsOfTable, rowsOfWave, unlessThrown } from './table-rows.js';
import type { TableName } from './tables.js';
import { textWriter } from './text-lines.js';
import { valueSource } from './value-source.js';
import { membersOf, Waves } from './waves.js';

/** Names of tables come from records: so many are remembered. */
const MAX_NAMES = 10_000;

export class RoutedPipeline implements Pipeline, Destination, RecordOrigin {
  topic = '';
  partition = 0;
  readonly #settings: PipelineSettings;
  readonly #parts: Parts;
  readonly #source: RowSource;
  readonly #metadata: MetadataRows | undefined;
  readonly #writeRow: RowWriter;
  /** Whether rows are looked at, or written anew, before they go to where they belong. */
  readonly #isTwoStep: boolean;
  readonly #scratch: RowBuffer;
  readonly #empty: RowMark;
  readonly #withMetadata: RowBuffer;
  /** Tables by topic, and by topic and the name that a row has for its own. */
  readonly #tables = new Map<string, TableName>();
  /** Of the schemas that tables have been asked about in this reading. */
  #shown = new WeakMap<TableName, WeakSet<EventSchema>>();
  #record: LocatedRecord | undefined;
  #target: RangeRows | undefined;
  #start = 0n;
  /** The topic that the record's rows are of, by its transforms. */
  #routed = '';
  #schema: EventSchema | undefined;
  /** Whether the record's row lacks columns that are to keep their values. */
  #isPart = false;
  readonly #hasWaves: boolean;
  /** Of each range, by table. */
  readonly #waves = new WeakMap<RangeRows, Map<string, Waves>>();
  #key: SchemaAndValue | undefined;

  /** @throws SluiceError CONFIG_INVALID where converters or transforms cannot be made of their settings */
  constructor(settings: PipelineSettings, clients: RegistryClients) {
    const { records } = settings.config;
    const { csv, tableField } = settings;
    const chunks = new ChunkPool({ chunkSizeBytes: 65_536 });
    this.#settings = settings;
    this.#parts = createParts(records, csv === undefined ? textWriter(settings) : writeJsonText, clients);
    this.#source = sourceOf(settings, this.#parts);
    this.#metadata =
      records.metadata.length === 0 ? undefined : createMetadataRows(records.metadata, settings.timeZone);
    this.#writeRow = csv === undefined ? writeLine : createCsvRowWriter(csv);
    this.#hasWaves = settings.changes?.unavailable === 'waves';
    this.#isTwoStep = tableField !== undefined || csv !== undefined || this.#metadata !== undefined || this.#hasWaves;
    this.#scratch = new RowBuffer(chunks);
    this.#withMetadata = new RowBuffer(chunks);
    this.#empty = this.#scratch.mark();
  }

  begin(): void {
    this.#shown = new WeakMap();
  }

  write(record: LocatedRecord, target: RangeRows, start: bigint): void {
    this.#record = record;
    this.#target = target;
    this.#start = start;
    this.topic = target.range.topic;
    this.partition = target.range.partition;
    if (!this.#isTwoStep) {
      this.#source.write(record, this);
      return;
    }
    this.#schema = undefined;
    this.#isPart = false;
    try {
      this.#source.write(record, this);
      if (this.#scratch.rows > 0) this.#deal(target);
    } finally {
      this.#scratch.reset(this.#empty);
      this.#withMetadata.reset(this.#empty);
    }
  }

  get offset(): bigint {
    return this.#start + BigInt(this.#record?.offsetDelta ?? 0);
  }

  get timestampMs(): bigint | undefined {
    const timestamp = this.#record?.timestamp ?? -1n;
    return timestamp < 0n ? undefined : timestamp;
  }

  key(): SchemaAndValue {
    return this.#record === undefined ? { schema: undefined, value: null } : this.#parts.key(this.#record, this.topic);
  }

  headers(): readonly Header[] {
    return this.#record === undefined ? [] : this.#parts.headers(this.#record);
  }

  open(topic: string): RowBuffer {
    this.#routed = topic;
    return this.#isTwoStep ? this.#scratch : this.#rowsOf(topic);
  }

  openLines(topic: string): RowBuffer {
    return this.#settings.rowFormat === 'json' ? this.open(topic) : this.#rowsOf(topic);
  }

  rowsAre(schema: EventSchema, key?: SchemaAndValue): void {
    this.#schema = schema;
    this.#key = key;
    if (!this.#isTwoStep && this.#settings.tables !== undefined) this.#show(this.#tableOf(this.#routed), schema);
  }

  lacks(): void {
    this.#isPart = this.#hasWaves;
  }

  truncated(topic: string): never {
    const { database, table } = this.#tableOf(topic);
    const place = { topic: this.topic, partition: this.partition, offset: this.offset.toString() };
    throw new SchemaChangeNeeded([{ kind: 'truncate', database, table, ...place }]);
  }

  /** Gives each row in the scratch buffer its form, and to its table. */
  #deal(target: RangeRows): void {
    const rows = this.#metadata === undefined ? this.#scratch : this.#addMetadata(this.#metadata);
    const each = (source: Buffer, start: number, end: number): void => {
      const table = this.#tableOfRow(source, start, end);
      if (this.#schema !== undefined && this.#settings.tables !== undefined) this.#show(table, this.#schema);
      this.#writeRow(source, start, end, this.#rowsFor(target, table, source, start, end));
    };
    try {
      // One row is written whole or not at all.
      if (rows.rows === 1) eachLine(rows, each);
      else unlessThrown(target, () => eachLine(rows, each));
    } catch (error) {
      throw atStage(error, 'TASK_PUT');
    }
  }

  /** Where a row of the table goes: to the table's rows, or, since one has lacked columns, to a wave of them. */
  #rowsFor(target: RangeRows, table: TableName, source: Buffer, start: number, end: number): RowBuffer {
    const name = `${table.database}\n${table.table}`;
    const known = this.#waves.get(target)?.get(name);
    const whole = () => rowsOfTable(target, table, this.#tableOf(target.range.topic));
    const { tables, changes } = this.#settings;
    if (tables === undefined || (known === undefined && !this.#isPart)) return whole();
    const { keys, columns } = tables.partialUpdate(table);
    const members = membersOf(source, start, end);
    const sign = changes?.deleteSign?.column.toLowerCase();
    const own = [...members.keys()].filter((member) => member !== sign && columns.has(member));
    const waves = known ?? this.#wavesOf(target, name);
    const key = JSON.stringify(keys.map((column) => members.get(column)));
    const wave = waves.waveOf(key, this.#isPart ? own : undefined);
    return wave.index === 0 ? whole() : rowsOfWave(target, table, wave);
  }

  #wavesOf(target: RangeRows, name: string): Waves {
    const ofTarget = this.#waves.get(target) ?? new Map<string, Waves>();
    this.#waves.set(target, ofTarget);
    const waves = new Waves();
    ofTarget.set(name, waves);
    return waves;
  }

  #addMetadata(metadata: MetadataRows): RowBuffer {
    const members = metadata.membersOf(this);
    eachLine(this.#scratch, (source, start, end) => metadata.write(members, source, start, end, this.#withMetadata));
    return this.#withMetadata;
  }

  #rowsOf(topic: string): RowBuffer {
    const target = this.#target;
    if (target === undefined) throw new TypeError('no record is being written');
    if (topic === target.range.topic) return target.rows;
    return rowsOfTable(target, this.#tableOf(topic), this.#tableOf(target.range.topic));
  }

  #tableOfRow(source: Buffer, start: number, end: number): TableName {
    const { tableField } = this.#settings;
    const name = tableField === undefined ? undefined : memberText(source, start, end, tableField);
    return this.#tableOf(this.#routed, name === '' ? undefined : name);
  }

  /** The same object for the same names. */
  #tableOf(topic: string, named?: string): TableName {
    const name = named === undefined ? topic : `${topic}\n${named}`;
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = this.#settings.tableOf(topic, named);
    if (this.#tables.size >= MAX_NAMES) this.#tables.clear();
    this.#tables.set(name, table);
    return table;
  }

  /** Shows a schema to whoever looks after tables, once for each table and reading. */
  #show(table: TableName, schema: EventSchema): void {
    const shown = this.#shown.get(table);
    if (shown?.has(schema)) return;
    const whole = this.#metadata === undefined ? schema : this.#metadata.schemaOf(schema);
    const key = this.#key ?? this.key();
    this.#settings.tables?.onSchema(table, { ...whole, keys: keysOf(key, whole) });
    if (shown === undefined) this.#shown.set(table, new WeakSet([schema]));
    else shown.add(schema);
  }
}

/** What a key names that rows do not have cannot be a column of theirs. */
function keysOf({ schema }: SchemaAndValue, { row }: EventSchema): readonly string[] {
  const names = fieldNames(schema);
  const isWhole = names.every((name) => row.fields.some((field) => field.name === name));
  return isWhole ? names : [];
}

function writeLine(source: Buffer, start: number, end: number, out: RowBuffer): void {
  out.appendLine(source, start, end);
}

function sourceOf(settings: PipelineSettings, parts: Parts): RowSource {
  const { changes, config, csv } = settings;
  const { keyConverter, transforms, valueConverter } = config.records;
  const { valueReader } = parts;
  const { kind } = valueConverter;
  const byValues = () => valueSource(settings, parts, csv === undefined ? textWriter(settings) : writeJsonText);
  if (transforms !== undefined) return byValues();
  if (changes !== undefined) {
    const isJson = kind === 'json' && (keyConverter.kind === 'json' || keyConverter.kind === 'string');
    return isJson ? changeSource(settings) : byValues();
  }
  if (valueReader !== undefined) return decoderSource(valueReader, settings);
  return kind === 'json' || kind === 'string' || kind === 'bytes' ? encoderSource(settings) : byValues();
}
