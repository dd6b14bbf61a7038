import { pino } from 'pino';
import { reportBadRecords } from '../../activities/report-bad-records.js';
import { parseDorisSinkConfig } from '../../connectors/doris/config.js';
import { rawConfig } from '../connectors/doris/support/sink.js';

const batch = { connector: { name: 'orders', generation: 1, config: {} }, task: 2, sequence: 7 };
const letter = {
  topic: 't',
  partition: 1,
  timestamp: 5n,
  key: null,
  value: Buffer.from('secret contents'),
  headers: [],
  stage: 'VALUE_CONVERTER',
  code: 'RECORD_INVALID',
  message: 'not valid JSON',
} as const;
const letters = [3n, 4n].map((offset) => ({ ...letter, offset }));

function logged(config: Record<string, string>): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const sink = parseDorisSinkConfig(rawConfig(8030, { 'errors.tolerance': 'all', ...config }));
  reportBadRecords(logger, batch, sink, letters);
  expect(JSON.stringify(lines)).not.toContain('secret contents');
  return lines;
}

test('one line for each batch: how many, and the first of them', () => {
  expect(logged({})).toMatchObject([{ level: 40, connector: 'orders', task: 2, count: 2, topic: 't', offset: '3' }]);
  expect(logged({})[0]?.msg).toMatch(/left out.*not valid JSON/);
  expect(logged({ 'errors.deadletterqueue.topic.name': 'dead' })[0]?.msg).toMatch(/dead letter queue dead/);
});

test('errors.log.enable: one line for each of them, in the words of Kafka Connect', () => {
  const lines = logged({ 'errors.log.enable': 'true' });
  expect(lines).toHaveLength(2);
  expect(lines[0]?.msg).toBe(
    "Error encountered in task orders-2. Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.storage.StringConverter'. not valid JSON",
  );
  expect(lines[0]?.offset).toBeUndefined();
});

test('errors.log.include.messages: with the place of each', () => {
  const lines = logged({ 'errors.log.enable': 'true', 'errors.log.include.messages': 'true' });
  expect(lines).toMatchObject([{ topic: 't', partition: 1, offset: '3', timestamp: '5' }, { offset: '4' }]);
});
