import { eachLine } from '../converters/index.js';
import { asRecordInvalid } from '../converters/invalid.js';
import { SluiceError } from '../errors.js';
import { validate } from '../json/index.js';
import { ChunkPool, type LineRules, RowBuffer, type SourceRecord } from '../rows/index.js';
import { createEncoder, isNullRecord } from './byte-sources.js';
import type { RegistryClients } from './parts.js';
import { RoutedPipeline } from './routed-pipeline.js';
import type { PipelineSettings } from './settings.js';
import { atStage } from './stage.js';
import type { RangeRows } from './table-rows.js';
import { areSchemasWatched } from './tables.js';

/** A record of a range: its offset is that of the range's start plus its delta. */
export interface LocatedRecord extends SourceRecord {
  readonly offsetDelta: number;
}

/** From records to rows. Holds buffers and caches, hence for one reader at a time. */
export interface Pipeline {
  /** Values that keep these rules are rows of the topic's own table as they stand. */
  readonly lineRules?: LineRules;
  /** Begins another reading: tables may have changed since the last one. */
  begin(): void;
  /**
   * Writes the rows of a record to where they belong.
   *
   * @param start the offset that the record's delta counts from
   * @throws NotReady, SchemaChangeNeeded, or SluiceError with the stage in its context; `target` is as it was before
   */
  write(record: LocatedRecord, target: RangeRows, start: bigint): void;
}

/** @throws SluiceError CONFIG_INVALID where converters or transforms cannot be made of their settings */
export function createPipeline(settings: PipelineSettings, clients: RegistryClients): Pipeline {
  return isPassedThrough(settings) ? passThrough(settings) : new RoutedPipeline(settings, clients);
}

/** Texts and JSON as they are, in the table of their topic: nothing has to be known of them. */
function isPassedThrough({ config, changes, tableField, csv, tables }: PipelineSettings): boolean {
  const { transforms, metadata, valueConverter } = config.records;
  const { kind, schemasEnable } = valueConverter;
  const isPlain =
    kind === 'string' || kind === 'bytes' || (kind === 'json' && !(schemasEnable && areSchemasWatched(tables)));
  const areRowsTheirs = changes === undefined && transforms === undefined && metadata.length === 0;
  return isPlain && areRowsTheirs && tableField === undefined && csv === undefined;
}

/** Nothing stands between the reader and the encoder. */
function passThrough(settings: PipelineSettings): Pipeline {
  const encoder = createEncoder(settings);
  const { lineRules } = encoder;
  const stage = settings.config.records.valueConverter.kind === 'json' ? 'VALUE_CONVERTER' : 'TASK_PUT';
  return {
    ...(lineRules === undefined ? {} : { lineRules }),
    begin: () => undefined,
    write(record, { rows }) {
      try {
        encoder.encode(record, rows);
      } catch (error) {
        throw atStage(error, isNullRecord(error) ? 'TASK_PUT' : stage);
      }
    },
  };
}

/**
 * Why a database may have refused the rows of a record: `write` looks at little where bytes pass through, this reads
 * everything. Undefined when nothing is wrong with it as JSON (the table may still not take it), and always for CSV that
 * `write` takes.
 * @throws NotReady, SchemaChangeNeeded
 */
export function explainInvalid(
  pipeline: Pipeline,
  { rowFormat }: Pick<PipelineSettings, 'rowFormat'>,
  record: LocatedRecord,
  range: RangeRows['range'],
  start: bigint,
): SluiceError | undefined {
  try {
    withRowsOf(pipeline, record, range, start, (rows) => {
      if (rowFormat === 'json') eachLine(rows, validateLine);
    });
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/** Shows the rows of one record, by table, and forgets them. Throws as `write` does. */
export function withRowsOf(
  pipeline: Pipeline,
  record: LocatedRecord,
  range: RangeRows['range'],
  start: bigint,
  visit: (rows: RowBuffer) => void,
): void {
  const chunks = new ChunkPool({ chunkSizeBytes: 4_096, maxIdleBytes: 0 });
  const target: RangeRows = { range, rows: new RowBuffer(chunks), named: [], chunks };
  pipeline.write(record, target, start);
  for (const { rows } of [target, ...target.named]) visit(rows);
}

function validateLine(source: Buffer, start: number, end: number): void {
  try {
    validate(source, start, end);
  } catch (error) {
    throw asRecordInvalid(error, source, start, end);
  }
}
