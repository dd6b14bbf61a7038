import { DECIMAL } from '../../../../connect/data/schema.js';
import { type EventModes, fieldsOfTable } from '../../../../connectors/doris/schema/index.js';

const COLUMNS = [
  { name: 'day', type: { base: 'DATE' } },
  { name: 'at', type: { base: 'DATETIME', precision: 3 } },
  { name: 'exactly', type: { base: 'DATETIME', precision: 6 } },
  { name: 'price', type: { base: 'DECIMAL', precision: 10, scale: 2 } },
  { name: 'note', type: { base: 'STRING' } },
  { name: 'other', type: undefined },
] as const;

/** The type that each column's values must have; none where they need no conversion. */
function typesWith(modes: Partial<EventModes>): Record<string, string> {
  const { fields } = fieldsOfTable(COLUMNS, {
    timePrecisionMode: 'adaptive',
    decimalHandlingMode: 'precise',
    ...modes,
  });
  return Object.fromEntries(fields.map(({ name, schema }) => [name, schema.name ?? '']));
}

const TIME = 'io.debezium.time';
const ADAPTIVE = { at: `${TIME}.Timestamp`, exactly: `${TIME}.MicroTimestamp` };

test.each<[EventModes['timePrecisionMode'], Record<string, string>]>([
  ['adaptive', ADAPTIVE],
  ['adaptive_time_microseconds', ADAPTIVE],
  ['connect', { at: `${TIME}.Timestamp`, exactly: `${TIME}.Timestamp` }],
  ['microseconds', { at: `${TIME}.MicroTimestamp`, exactly: `${TIME}.MicroTimestamp` }],
  ['nanoseconds', { at: `${TIME}.NanoTimestamp`, exactly: `${TIME}.NanoTimestamp` }],
])('times are numbers of the mode %s', (timePrecisionMode, times) => {
  expect(typesWith({ timePrecisionMode })).toEqual({ day: `${TIME}.Date`, price: DECIMAL, ...times });
});

test('texts of the mode isostring: a date has a zone, which no DATE can have', () => {
  expect(typesWith({ timePrecisionMode: 'isostring' })).toEqual({ day: `${TIME}.IsoDate`, price: DECIMAL });
});

test.each(['string', 'double'] as const)('decimals of the mode %s are read as they are', (decimalHandlingMode) => {
  expect(typesWith({ decimalHandlingMode })).not.toHaveProperty('price');
});
