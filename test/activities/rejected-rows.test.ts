import { prepareBatch } from '../../activities/prepare-batch.js';
import { locateRejected } from '../../activities/rejected-rows.js';
import { SluiceError } from '../../connect/errors.js';
import { Pipelines } from '../../connect/pipeline/index.js';
import { failureOf } from '../connectors/doris/support/sink.js';
import { startTestDouble, type TestDouble } from '../sandbox/doris/support/client.js';
import { type Bench, createBench, range } from './support/bench.js';

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function bench(config: Readonly<Record<string, string>> = {}, fePort?: number): Bench {
  const made = createBench({ config, ...(fePort === undefined ? {} : { fePort }) });
  closing.push(made.close);
  return made;
}

describe('a load that Doris refuses names the records behind it', () => {
  let doris: TestDouble;
  beforeAll(async () => {
    doris = await startTestDouble();
  });
  afterAll(() => doris.double.close());

  async function refusal(values: readonly (string | null)[], config: Readonly<Record<string, string>> = {}) {
    const { log, deps, lease, prepareInput } = bench(config, doris.double.fePort);
    log.createTopic('t', 2);
    log.produce('t', 0, '{"id":0,"name":"fine"}');
    log.leaveGap('t', 1, 100);
    log.produce('t', 1, ...values);
    const ranges = [range('t', 0, 0, 1), range('t', 1, 100, 100 + values.length)];
    const error = await failureOf(prepareBatch(deps, prepareInput(ranges), lease));
    expect(await doris.rows()).toEqual([]);
    return error;
  }

  const fine = '{"id":1,"name":"fine"}';

  test('a value that is no JSON', async () => {
    const error = await refusal([fine, '{"id" 2}', fine]);
    expect(error).toMatchObject({
      code: 'SINK_ROWS_REJECTED',
      retryable: false,
      context: { topic: 't', partition: 1, offset: '101', table: 'db.t', label: expect.any(String) },
      hint: expect.any(String),
    });
    expect(error.message).toContain('[DATA_QUALITY_ERROR]too many filtered rows');
    expect(error.message).toMatch(/Rejected: t\[1\] offset 101 \(.+\)\.$/);
  });

  test.each([
    ['a value that does not fit its column', '{"id":2,"name":"much too long"}'],
    ['one with spaces in it', '{ "id":  2,\t"name": "much   too long" }'],
    ['one over several lines', '{\n  "id": 2,\n  "name": "much too long"\n}'],
    ['one that has the marks of an error log', '{"id":2,"name":"x]; y]; far too long"}'],
    ['a value that is null where none may be', '{"id":null,"name":"a"}'],
    ['one too long for an error message', `{"id":2,"name":"${'long'.repeat(1_000)}"}`],
  ])('%s', async (_title, value) => {
    const error = await refusal([fine, fine, value, null, fine]);
    expect(error).toMatchObject({
      code: 'SINK_ROWS_REJECTED',
      context: { topic: 't', partition: 1, offset: '102', errorUrl: expect.stringContaining('_load_error_log') },
    });
    expect(error.message).toMatch(/Rejected: t\[1\] offset 102\.$/);
  });

  test('a row that a converter has built', async () => {
    const schema = {
      type: 'struct',
      fields: [
        { field: 'id', type: 'int64' },
        { field: 'name', type: 'string' },
      ],
    };
    const value = (id: number, name: string) => JSON.stringify({ schema, payload: { id, name } });
    const { log, deps, lease, prepareInput } = bench({ 'value.converter': JSON_CONVERTER }, doris.double.fePort);
    log.createTopic('t');
    log.produce('t', 0, value(1, 'fine'), value(2, 'much too long'));
    const error = await failureOf(prepareBatch(deps, prepareInput([range('t', 0, 0, 2)]), lease));
    expect(error.context).toMatchObject({ topic: 't', partition: 0, offset: '1' });
  });

  test('many of them: the first are named, the others counted', async () => {
    const error = await refusal(Array.from({ length: 8 }, (_, index) => `{no JSON ${index}}`));
    expect(error.message).toMatch(/Rejected: t\[1\] offset 100 .*t\[1\] offset 104 .* and 3 more\.$/);
    expect(error.message).not.toContain('offset 105');
  });

  test('a record that no converter takes is named before anything is sent', async () => {
    const error = await refusal([fine], { 'value.converter': JSON_CONVERTER });
    expect(error).toMatchObject({ code: 'RECORD_INVALID', context: { topic: 't', partition: 0, offset: '0' } });
  });
});

test('a refusal whose rows cannot be found is told as it is', async () => {
  const { log, sink } = bench();
  log.createTopic('t');
  log.produce('t', 0, '{"id":1}', '{"wrapped":{"id":2}}');
  const refusal = new SluiceError('SINK_ROWS_REJECTED', 'Doris: no. Reason: why. src line [{"id":2}]; ');
  const ranges = [{ topic: 't', partition: 0, start: 0n, end: 2n }];
  const { signal } = new AbortController();
  expect(await locateRejected(refusal, { sink, log, pipelines: new Pipelines(sink) }, ranges, signal)).toBe(refusal);
});
