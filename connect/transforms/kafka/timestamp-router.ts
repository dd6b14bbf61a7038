/** org.apache.kafka.connect.transforms.TimestampRouter */
import { string } from '../../config/field.js';
import { compileDateWriter } from '../java/date-format.js';
import { DatePatternRefused, parseDatePattern } from '../java/date-pattern.js';
import { dataError } from '../record-part.js';
import { defineTransform } from '../transform.js';

/** Why a pattern cannot be used, or nothing. */
export function reasonAgainstPattern(pattern: string): string | undefined {
  try {
    parseDatePattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof DatePatternRefused)
      return `${error.message}; a SimpleDateFormat-compatible pattern is required`;
    throw error;
  }
}

export const timestampRouter = defineTransform({
  javaClass: 'org.apache.kafka.connect.transforms.TimestampRouter',
  sided: false,
  changesTopic: 'always',
  summary: 'Makes a new topic of the topic and the timestamp of the record.',
  fields: {
    'topic.format': string()
      .default(`\${topic}-\${timestamp}`)
      .doc('The new topic; `$' + '{topic}` and `$' + '{timestamp}` are filled in.')
      .importance('HIGH'),
    'timestamp.format': string()
      .default('yyyyMMdd')
      .doc('How the timestamp is written, in UTC: a pattern of java.text.SimpleDateFormat.')
      .importance('HIGH')
      .check(reasonAgainstPattern),
  },
  compile: (values) => {
    const write = compileDateWriter(parseDatePattern(values['timestamp.format']));
    const format = values['topic.format'];
    return {
      apply: (record) => {
        if (record.timestampMs === undefined) throw dataError('Timestamp missing on record');
        // One after the other, as Kafka does: a topic may hold the second placeholder.
        const named = format.replaceAll(`\${topic}`, () => record.topic);
        const topic = named.replaceAll(`\${timestamp}`, () => write(record.timestampMs ?? 0n));
        return { ...record, topic };
      },
    };
  },
});
