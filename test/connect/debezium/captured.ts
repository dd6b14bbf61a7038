/** Events that genuine Debezium connectors sent: see captured/README.md. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface CapturedRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
}

export interface Capture {
  readonly connector: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly records: readonly CapturedRecord[];
}

interface Part {
  readonly schema?: number;
  readonly payload: string;
}

/** The records byte for byte: the files hold a schema once, however many records have it. */
export function readCapture(name: string): Capture {
  const file = path.join(import.meta.dirname, 'captured', `${name}.jsonl`);
  const [head, ...lines] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const schemas: string[] = lines.filter((line) => line.text !== undefined).map((line) => line.text);
  const textOf = (part: Part | null) => {
    if (part === null) return null;
    return part.schema === undefined ? part.payload : `{"schema":${schemas[part.schema]},"payload":${part.payload}}`;
  };
  const records = lines
    .filter((line) => line.topic !== undefined)
    .map((line) => ({ topic: line.topic, key: textOf(line.key), value: textOf(line.value) }));
  return { ...head, records };
}
