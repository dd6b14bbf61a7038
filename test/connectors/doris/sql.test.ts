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
