/** Where the schemas of topics are: `avro.topic2schema.filepath`. */
import { fileURLToPath } from 'node:url';
import { SluiceError } from '../../errors.js';

export const KEY = 'avro.topic2schema.filepath';

/**
 * Reads `topic1:file:///path1.avsc,topic2:file:///path2.avsc`. Blanks around the parts do not matter; a path may be given
 * without `file://`.
 * @returns paths of files by topic
 */
export function parseTopicFiles(text: string): Map<string, string> {
  const files = new Map<string, string>();
  if (text.trim() === '') throw invalidTopicFiles(`${KEY} can not be empty in DorisAvroConverter.class.`, HINT);
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    const topic = part.slice(0, Math.max(colon, 0)).trim();
    const location = part.slice(colon + 1).trim();
    if (topic === '' || location === '') throw invalidTopicFiles(`Failed to parse ${KEY} map: ${part.trim()}.`, HINT);
    if (files.has(topic))
      throw invalidTopicFiles(`Failed to parse ${KEY} map: the topic ${topic} is given twice.`, HINT);
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
    throw invalidTopicFiles(`Failed to parse ${KEY} map: ${location} names no file.`, HINT, error);
  }
}

/** An error about that key. */
export function invalidTopicFiles(message: string, hint: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG_INVALID', message, { hint, context: { key: KEY }, cause });
}
