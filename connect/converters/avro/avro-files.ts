import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import type { RecordDecoder } from '../binary/record-decoder.js';
import type { TextWriter } from '../writers.js';
import { compileAvro } from './compile.js';
import { AVRO_DEFAULTS } from './options.js';
import { invalidTopicFiles, KEY, parseTopicFiles } from './topic-files.js';

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
        throw invalidTopicFiles(
          `The avro schema file of ${topic} is not provided.`,
          `Add ${topic}:file:///… to ${KEY}.`,
        );
      }
      return decoder;
    },
  };
}

function compileFile(topic: string, path: string, writeText: TextWriter): RecordDecoder {
  try {
    const schemaText = readFileSync(path, 'utf8');
    // A file may lag behind the producer, which has added fields at the end: those are passed over, as Java does.
    return compileAvro({ schemaText }, { ...AVRO_DEFAULTS, rows: 'generic', trailingBytes: 'ignore' }, writeText);
  } catch (error) {
    const reason = types.isNativeError(error) ? error.message : String(error);
    throw invalidTopicFiles(
      `The avro schema file of ${topic}, ${path}, cannot be used: ${reason}`,
      'Correct the file.',
      error,
    );
  }
}
