import { physicalTypeOf } from '../../../connect/data/schema.js';

test.each([
  ['org.apache.kafka.connect.data.Decimal', 'BYTES'],
  ['org.apache.kafka.connect.data.Timestamp', 'INT64'],
  ['io.debezium.time.Timestamp', undefined],
  ['constructor', undefined],
  [undefined, undefined],
])("%s is stored as %s by Connect's own definition", (name, type) => expect(physicalTypeOf(name)).toBe(type));
