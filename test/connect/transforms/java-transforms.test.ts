import { compileTransforms } from '../../../connect/transforms/index.js';
import { connectRecord, dumpRecord, type JavaCase, type Json, javaCases } from './fixtures.js';

type Outcome = { result: Json } | { dropped: true } | { error: string } | { refused: string };

function outcome({ config, record }: JavaCase): Outcome {
  let transform: ReturnType<typeof compileTransforms>;
  try {
    transform = compileTransforms(config);
  } catch (error) {
    return { refused: (error as Error).message };
  }
  try {
    const transformed = transform.apply(connectRecord(record));
    return transformed === undefined ? { dropped: true } : { result: dumpRecord(transformed) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Where Sluice does better than the genuine class, or says it in other words. */
const DIFFERENT: Readonly<Record<string, { why: string; outcome: unknown }>> = {
  'SetSchemaMetadata / a typed text': {
    why: 'the class of Kafka 4.1 fails on every schema that is no struct',
    outcome: { result: expect.objectContaining({ value: expect.objectContaining({ value: 'text' }) }) },
  },
  'SetSchemaMetadata map': {
    why: 'the class of Kafka 4.1 fails on every schema that is no struct',
    outcome: { result: expect.objectContaining({ topic: 'shop_orders' }) },
  },
  'Cast / a typed text': {
    why: 'the message of Kafka does not say what was found',
    outcome: { error: 'Only Struct objects supported for [cast types], found: java.lang.String' },
  },
  'Cast ts:float32': {
    why: 'Java before 19 prints a digit more than needed',
    outcome: { result: expect.objectContaining({ topic: 'shop_orders' }) },
  },
  'HeaderFrom absent / schema': {
    why: 'a NullPointerException in Kafka',
    outcome: { error: 'absent is not a valid field name' },
  },
  'TimestampRouter none': { why: 'Kafka prints the record', outcome: { error: 'Timestamp missing on record' } },
  'TimestampRouter bad': {
    why: 'found while the connector is configured, not at the first record',
    outcome: { refused: expect.stringContaining("Illegal pattern character 'b'") },
  },
};

function expected({ name, result, dropped, error }: JavaCase): unknown {
  const different = DIFFERENT[name];
  if (different !== undefined) return different.outcome;
  if (result !== undefined) return { result };
  if (dropped) return { dropped };
  return error === undefined ? { refused: expect.stringContaining('transforms.t.') } : { error: error.message };
}

test.each(javaCases().map((each) => [each.name, each] as const))('%s', (_name, each) =>
  expect(outcome(each)).toEqual(expected(each)),
);
