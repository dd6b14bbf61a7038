import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createAvroFileConverter, parseTopicFiles } from '../../../../connect/converters/avro/index.js';
import { SluiceError } from '../../../../connect/errors.js';
import { decodeRows, decodeValue, recordError, writeText } from '../binary/decoding.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-avro-'));
afterAll(() => rmSync(folder, { recursive: true }));

const USER = {
  type: 'record',
  name: 'User',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'name', type: 'string' },
    { name: 'age', type: ['null', 'int', 'string'] },
  ],
};

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const USER_FILE = pathToFileURL(file('user.avsc', JSON.stringify(USER))).href;
const KAFKA_38 = Buffer.from([6, 10, ...Buffer.from('kafka'), 2, 76]);

function problemOf(call: () => unknown): SluiceError {
  try {
    call();
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONFIG_INVALID') return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('reads the topics and their files as the Java connector’s users write them', () => {
  expect(parseTopicFiles('a:file:///x/a.avsc, b : file:///y%20z/b.avsc,c:/plain.avsc')).toEqual(
    new Map([
      ['a', '/x/a.avsc'],
      ['b', '/y z/b.avsc'],
      ['c', '/plain.avsc'],
    ]),
  );
  expect(problemOf(() => parseTopicFiles(' ')).message).toBe(
    'avro.topic2schema.filepath can not be empty in DorisAvroConverter.class.',
  );
  expect(problemOf(() => parseTopicFiles('only-a-topic')).message).toContain(
    'Failed to parse avro.topic2schema.filepath map',
  );
});

test('values are Avro without anything before it; rows have no branches of unions', () => {
  const decoder = createAvroFileConverter(`users:${USER_FILE}`, writeText).decoderOf('users');
  expect(decodeRows(decoder, KAFKA_38)).toEqual(['{"id":3,"name":"kafka","age":38}']);
  expect(decodeValue(decoder, KAFKA_38).schema).toMatchObject({ type: 'STRUCT', name: 'User' });
  expect(recordError(() => decodeRows(decoder, Buffer.from([6, 10])))).toContain('no valid Avro');
});

test('fields that a producer adds at the end before the file follows are passed over', () => {
  const decoder = createAvroFileConverter(`users:${USER_FILE}`, writeText).decoderOf('users');
  expect(decodeRows(decoder, Buffer.concat([KAFKA_38, Buffer.from([2])]))).toEqual([
    '{"id":3,"name":"kafka","age":38}',
  ]);
});

test('says which topic has no file, and which file is wrong', () => {
  const converter = createAvroFileConverter(`users:${USER_FILE}`, writeText);
  expect(problemOf(() => converter.decoderOf('others')).message).toBe(
    'The avro schema file of others is not provided.',
  );
  const missing = problemOf(() => createAvroFileConverter('users:/none.avsc', writeText));
  expect(missing.message).toContain('The avro schema file of users, /none.avsc, cannot be used: ENOENT');
  expect(missing.context.key).toBe('avro.topic2schema.filepath');
  const text = file('text.avsc', '"string"');
  expect(problemOf(() => createAvroFileConverter(`users:${text}`, writeText)).message).toContain('has to be a record');
});
