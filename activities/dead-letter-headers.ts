/**
 * The headers that say where a dead letter comes from and why it is one: the names and the forms of Kafka Connect
 * (`DeadLetterQueueReporter`), so that what reads its dead letter queues reads ours.
 */
import type { SinkConfig } from '../connect/config/sink-connector.js';
import type { RecordStage } from '../connect/errors.js';
import type { DeadLetter } from './dead-letters.js';
import type { OutgoingLetter } from './ports.js';

const PREFIX = '__connect.errors.';
const DATA_EXCEPTION = 'org.apache.kafka.connect.errors.DataException';
const LOAD_EXCEPTION = 'org.apache.doris.kafka.connector.exception.StreamLoadException';
/** What Connect names where a task reports a record itself. */
const SINK_TASK = 'org.apache.kafka.connect.sink.SinkTask';
const TRANSFORMATION = 'org.apache.kafka.connect.transforms.Transformation';

/** Every value is text, numbers too. */
export function letterHeaders(
  letter: DeadLetter,
  { connector, task }: { connector: { name: string }; task: number },
  { converterClasses }: Pick<SinkConfig, 'converterClasses'>,
): OutgoingLetter['headers'] {
  const exception = letter.code === 'SINK_ROWS_REJECTED' ? LOAD_EXCEPTION : DATA_EXCEPTION;
  const values: readonly (readonly [string, string])[] = [
    ['topic', letter.topic],
    ['partition', String(letter.partition)],
    ['offset', letter.offset.toString()],
    ['connector.name', connector.name],
    ['task.id', String(task)],
    ['stage', letter.stage],
    ['class.name', executingClass(letter.stage, converterClasses)],
    ['exception.class.name', exception],
    ['exception.message', letter.message],
    ['exception.stacktrace', `${exception}: ${letter.message}\n`],
  ];
  return values.map(([name, value]) => ({ key: PREFIX + name, value: Buffer.from(value) }));
}

/** What was at work on the record. */
export function executingClass(stage: RecordStage, classes: SinkConfig['converterClasses']): string {
  switch (stage) {
    case 'KEY_CONVERTER':
      return classes.key;
    case 'VALUE_CONVERTER':
      return classes.value;
    case 'HEADER_CONVERTER':
      return classes.header;
    case 'TRANSFORMATION':
      return TRANSFORMATION;
    case 'TASK_PUT':
      return SINK_TASK;
  }
}
