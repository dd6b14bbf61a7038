/** What the kafkajs clients share: one set-up, logging through the worker's logger, errors in Sluice's terms. */
import { Kafka, type LogEntry, logLevel } from 'kafkajs';
import { kafkaJsConfig } from './connections/options.js';
import { connectionError } from './errors.js';
import type { KafkaSettings } from './settings.js';

/** The part of pino's interface that is used here. */
export interface KafkaLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/**
 * Messages that would alarm for nothing: a producer here is closed after a failed send, so that limited retries cannot
 * reorder or repeat what an idempotent producer sends.
 */
const UNFOUNDED = /^Limiting retries for the idempotent producer/;

export function createKafkaJs(settings: KafkaSettings, log: KafkaLog | undefined): Kafka {
  return new Kafka({
    ...kafkaJsConfig(settings),
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: () => (entry) => {
      if (log !== undefined) write(log, entry);
    },
  });
}

/** kafkajs tells failures it then recovers from as errors: they are warnings here. */
function write(log: KafkaLog, { level, namespace, log: entry }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, ...fields } = entry;
  if (UNFOUNDED.test(message)) return;
  const place = { client: 'kafkajs', namespace, ...fields };
  if (level === logLevel.ERROR || level === logLevel.WARN) log.warn(place, message);
  else if (level === logLevel.INFO) log.info(place, message);
  else log.debug(place, message);
}

/** Runs a call of kafkajs; what it throws becomes a SluiceError. */
export async function translated<T>(settings: KafkaSettings, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw connectionError(error, settings.bootstrapServers.map(({ host, port }) => `${host}:${port}`).join(','));
  }
}
