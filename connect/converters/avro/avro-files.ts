import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { SluiceError } from '../../errors.js';
import type { RecordDecoder } from '../binary/record-decoder.js';
import type { TextWriter } from '../writers.js';
import { compileAvro } from './compile.js';
import { AVRO_DEFAULTS } from './options.js';

const KEY = 'avro.topic2schema.filepath';

/**
 * Avro without a registry, as org.apache.doris.kafka.connector.decode.avro.DorisAvroConverter reads it: the whole value
 * is Avro, its schema comes from a file per topic.
 *
 * Rows look as Avro's own text of a record, which is what the Java connector loads. As a value of Connect, the record is
 * a struct, so that transforms work on it.
 */
export interface AvroFileConverter {
  /** @throws SluiceError CONFIG_INVALID when no file is given for the topic */
  decoderOf(topic: string): RecordDecoder;
}

/**
 * Reads all files and compiles them.
 * @throws SluiceError CONFIG_INVALID with the key, the topic and what is wrong with the file
 */
export function createAvroFileConverter(topicFiles: string, writeText: TextWriter): AvroFileConverter {
  const decoders = new Map<string, RecordDecoder>();
  for (const [topic, path] of parseTopicFiles(topicFiles)) {
    decoders.set(topic, compileFile(topic, path, writeText));
  }
  return {
    decoderOf(topic) {
      const decoder = decoders.get(topic);
      if (decoder === undefined) {
        throw invalid(`The avro schema file of ${topic} is not provided.`, `Add ${topic}:file:///… to ${KEY}.`);
      }
      return decoder;
    },
  };
}

/**
 * Reads `topic1:file:///path1.avsc,topic2:file:///path2.avsc`. Blanks around the parts do not matter; a path may be given
 * without `file://`.
 * @returns paths of files by topic
 */
export function parseTopicFiles(text: string): Map<string, string> {
  const files = new Map<string, string>();
  if (text.trim() === '') throw invalid(`${KEY} can not be empty in DorisAvroConverter.class.`, HINT);
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    const topic = part.slice(0, Math.max(colon, 0)).trim();
    const location = part.slice(colon + 1).trim();
    if (topic === '' || location === '') throw invalid(`Failed to parse ${KEY} map: ${part.trim()}.`, HINT);
    if (files.has(topic)) throw invalid(`Failed to parse ${KEY} map: the topic ${topic} is given twice.`, HINT);
    files.set(topic, pathOf(location));
  }
  return files;
}

const HINT = `Set ${KEY} to topic1:file:///path/to/schema1.avsc,topic2:file:///path/to/schema2.avsc.`;

function pathOf(location: string): string {
  if (!location.startsWith('file:')) return location;
  try {
    return fileURLToPath(new URL(location));
  } catch (error) {
    throw invalid(`Failed to parse ${KEY} map: ${location} names no file.`, HINT, error);
  }
}

function compileFile(topic: string, path: string, writeText: TextWriter): RecordDecoder {
  try {
    const schemaText = readFileSync(path, 'utf8');
    // A file may lag behind the producer, which has added fields at the end: those are passed over, as Java does.
    return compileAvro({ schemaText }, { ...AVRO_DEFAULTS, rows: 'generic', trailingBytes: 'ignore' }, writeText);
  } catch (error) {
    const reason = types.isNativeError(error) ? error.message : String(error);
    throw invalid(`The avro schema file of ${topic}, ${path}, cannot be used: ${reason}`, 'Correct the file.', error);
  }
}

function invalid(message: string, hint: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG_INVALID', message, { hint, context: { key: KEY }, cause });
}
