import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SluiceError } from '../../../connect/errors.js';
import { parseDorisSinkConfig } from '../../../connectors/doris/config.js';
import { DorisSql } from '../../../connectors/doris/sql.js';
import { startTestDouble, type TestDouble } from '../../sandbox/doris/support/client.js';
import { failureOf, rawConfig } from './support/sink.js';

let doris: TestDouble;
beforeAll(async () => {
  doris = await startTestDouble();
});
afterAll(() => doris.double.close());

const question = { context: { table: 'db.t' }, signal: new AbortController().signal };

function sqlOf(urls: string, changes: Readonly<Record<string, string>> = {}): DorisSql {
  const port = { 'doris.query.port': String(doris.double.mysqlPort) };
  return new DorisSql(
    parseDorisSinkConfig(rawConfig(doris.double.fePort, { 'doris.urls': urls, ...port, ...changes })),
  );
}

test('the next front end is asked when one does not answer', async () => {
  expect(await sqlOf('127.0.0.2,127.0.0.1').query('SELECT ? AS word', ["it's"], question)).toEqual([{ word: "it's" }]);
});

test('when none answers, each is named with its reason', async () => {
  const failure = await failureOf(sqlOf('127.0.0.2,127.0.0.3').query('SELECT 1', [], question));
  expect(failure).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, context: { table: 'db.t' } });
  expect(failure.message).toMatch(/127\.0\.0\.2:\d+: .+; 127\.0\.0\.3:\d+: /);
});

test('a refusal is an answer, in the words of Doris', async () => {
  const failure = await failureOf(sqlOf('127.0.0.1').query('SHOW COPY FROM nowhere', [], question));
  expect(failure).toMatchObject({
    code: 'SINK_DATABASE_UNKNOWN',
    context: { host: `127.0.0.1:${doris.double.mysqlPort}` },
  });
});

test('nothing is asked for a caller that is gone', async () => {
  const gone = { ...question, signal: AbortSignal.abort() };
  expect(await failureOf(sqlOf('127.0.0.1').query('SELECT 1', [], gone))).toMatchObject({ code: 'CANCELLED' });
});

test('a caller that goes away is not kept waiting by a port that says nothing', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const going = new AbortController();
  const connected = once(silent, 'connection');
  const asked = sqlOf('127.0.0.1', { 'doris.query.port': String(port) }).query('SELECT 1', [], {
    ...question,
    signal: going.signal,
  });
  const [socket] = await connected;
  going.abort();
  expect(await failureOf(asked)).toMatchObject({ code: 'CANCELLED', retryable: true });
  (socket as Socket).destroy();
  silent.close();
});

test('what is to be checked right before a statement is sent keeps it from being sent', async () => {
  const beforeSending = () => {
    throw new SluiceError('LEASE_LOST', 'another one is at work', { retryable: true });
  };
  const failure = await failureOf(sqlOf('127.0.0.1').query('DROP DATABASE db', [], { ...question, beforeSending }));
  expect(failure.code).toBe('LEASE_LOST');
  expect(doris.double.engine.databases()).toContain('db');
});
