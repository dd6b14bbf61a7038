/** What the worker's log says of bad records: one line for each where the user wants it, else one for the batch. */
import type { Logger } from 'pino';
import type { SinkConfig } from '../connect/config/sink-connector.js';
import type { BatchInput } from '../workflows/core/activities.js';
import { executingClass } from './dead-letter-headers.js';
import type { DeadLetter } from './dead-letters.js';

/** Contents of records are never logged; the reason may quote what the database or a converter says of them. */
export function reportBadRecords(
  logger: Logger,
  { connector, task, sequence }: Pick<BatchInput, 'connector' | 'task' | 'sequence'>,
  { errorLog, converterClasses, deadLetters }: SinkConfig,
  letters: readonly DeadLetter[],
): void {
  const fields = { connector: connector.name, task };
  if (!errorLog.enabled) {
    const [first] = letters;
    if (first === undefined) return;
    const fate = deadLetters === undefined ? 'are left out' : `go to the dead letter queue ${deadLetters.topic}`;
    logger.warn(
      { ...fields, sequence, count: letters.length, ...placeOf(first) },
      `${letters.length} bad records of batch ${sequence} ${fate}, the first because: ${first.message}`,
    );
    return;
  }
  for (const letter of letters) {
    const { stage, message } = letter;
    const name = executingClass(stage, converterClasses);
    logger.error(
      { ...fields, stage, class: name, ...(errorLog.includeMessages ? placeOf(letter) : {}) },
      `Error encountered in task ${connector.name}-${task}. Executing stage '${stage}' with class '${name}'. ${message}`,
    );
  }
}

function placeOf({ topic, partition, offset, timestamp }: DeadLetter) {
  return { topic, partition, offset: offset.toString(), timestamp: timestamp.toString() };
}
