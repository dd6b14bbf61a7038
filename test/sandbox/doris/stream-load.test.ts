import { gzipSync } from 'node:zlib';
import { call, startTestDouble, type TestDouble } from './support/client.js';

describe('Stream Load at the backend', () => {
  let test: TestDouble;
  beforeAll(async () => {
    test = await startTestDouble();
  });
  beforeEach(() => test.double.engine.truncateTable('db', 't'));
  afterAll(() => test.double.close());

  it('answers with HTTP 200, keys in order, four spaces and a newline at the end', async () => {
    const reply = await test.load('{"id":1,"name":"a"}\n{"id":2}', { label: 'shape' });
    expect(reply.status).toBe(200);
    expect(reply.continued).toBe(true);
    expect(reply.text.replace(/"(\w+TimeMs|TxnId)": \d+/g, '"$1": N')).toBe(
      `{
    "TxnId": N,
    "Label": "shape",
    "Comment": "",
    "TwoPhaseCommit": "false",
    "Status": "Success",
    "Message": "OK",
    "NumberTotalRows": 2,
    "NumberLoadedRows": 2,
    "NumberFilteredRows": 0,
    "NumberUnselectedRows": 0,
    "LoadBytes": 28,
    "LoadTimeMs": N,
    "BeginTxnTimeMs": N,
    "StreamLoadPutTimeMs": N,
    "ReadDataTimeMs": N,
    "WriteDataTimeMs": N,
    "CommitAndPublishTimeMs": N
}
`,
    );
    expect(await test.rows()).toEqual([
      ['1', 'a'],
      ['2', null],
    ]);
    expect(await test.state('shape')).toBe('VISIBLE');
  });

  it('makes a label where none is given', async () => {
    expect(await test.loadJson('{"id":1}')).toMatchObject({ Label: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  it('refuses a label that is taken, without reading the body', async () => {
    const first = await test.loadJson('{"id":1}', { label: 'once' });
    const second = await test.load('{"id":1}', { label: 'once' });
    expect(second.continued).toBe(false);
    expect(JSON.parse(second.text)).toMatchObject({
      TxnId: -1,
      Status: 'Label Already Exists',
      ExistingJobStatus: 'FINISHED',
      Message: `[LABEL_ALREADY_EXISTS]TStatus: errCode = 2, detailMessage = Label [once] has already been used, relate to txn [${first.TxnId}]`,
      NumberTotalRows: 0,
      LoadBytes: 0,
    });
    expect(await test.rows()).toHaveLength(1);
  });

  it('filters rows that do not fit, lists them under ErrorURL and frees the label', async () => {
    const body = '{"id":1}\n{"id":null}\n{"id":2,"name":"much too long"}\nnot json\n';
    const reply = await test.loadJson(body, { label: 'bad' });
    expect(reply).toMatchObject({
      Status: 'Fail',
      Message: '[DATA_QUALITY_ERROR]too many filtered rows',
      NumberTotalRows: 4,
      NumberLoadedRows: 0,
      NumberFilteredRows: 3,
    });
    const log = await call(String(reply.ErrorURL));
    expect(log.text.split('\n')).toEqual([
      'Reason: column(id) values is null while columns is not nullable. src line [{"id":null}]; ',
      'Reason: the length of input string is too long than vec schema. column_name: name; input str: [much too long] schema length: 10; actual length: 13; . src line [{"id":2,"name":"much too long"}]; ',
      expect.stringContaining('src line [not json]; '),
      '',
    ]);
    expect(await test.state('bad')).toBe('ABORTED');
    expect(await test.loadJson(body, { label: 'bad', max_filter_ratio: '0.75' })).toMatchObject({
      Status: 'Success',
      NumberLoadedRows: 1,
      NumberFilteredRows: 3,
      ErrorURL: expect.stringContaining('/api/_load_error_log?file=__shard_0/error_log_insert_stmt_'),
    });
    expect(await test.rows()).toEqual([['1', null]]);
  });

  it.each([
    ['two formats at once', { format: 'xml' }, '[E-1101]unknown data format, format=xml'],
    ['a bad flag', { strict_mode: 'maybe' }, '[INVALID_ARGUMENT]Invalid strict mode format. Must be bool type'],
    [
      'a bad label',
      { label: 'a b' },
      '[ANALYSIS_ERROR]TStatus: errCode = 2, detailMessage = Label format error. regex: ^[-_A-Za-z0-9:]{1,128}$, label: a b',
    ],
    [
      'MERGE without a condition',
      { merge_type: 'MERGE' },
      '[INVALID_ARGUMENT]Excepted DELETE ON clause when merge type is MERGE.',
    ],
    [
      'a condition without MERGE',
      { delete: 'id = 1' },
      '[INVALID_ARGUMENT]Not support DELETE ON clause when merge type is not MERGE.',
    ],
    [
      'two kinds of partitions',
      { partitions: 'p', temporary_partitions: 'q' },
      '[INVALID_ARGUMENT]Can not specify both partitions and temporary partitions',
    ],
    [
      'an unknown group commit mode',
      { group_commit: 'yes' },
      '[INVALID_ARGUMENT]group_commit can only be [async_mode, sync_mode, off_mode]',
    ],
    [
      'a label with group commit',
      { group_commit: 'sync_mode', label: 'l' },
      "[INVALID_ARGUMENT]label and group_commit can't be set at the same time",
    ],
  ])('refuses %s before the body', async (_, headers, message) => {
    const reply = await test.load('{"id":1}', headers as Record<string, string>);
    expect(reply.continued).toBe(false);
    expect(JSON.parse(reply.text)).toMatchObject({ Status: 'Fail', Message: message });
  });

  it('names what it does not know', async () => {
    const put = (path: string, user: string | null = 'root') =>
      call(`http://127.0.0.1:${test.double.bePort}/api/${path}/_stream_load`, { method: 'PUT', body: 'x', user });
    const message = async (reply: ReturnType<typeof put>) => JSON.parse((await reply).text) as unknown;
    expect(await message(put('db/nope'))).toMatchObject({
      TxnId: -1,
      Message: '[ANALYSIS_ERROR]TStatus: errCode = 7, detailMessage = unknown table, tableName=nope',
    });
    expect(await message(put('nope/t'))).toMatchObject({
      Message: '[ANALYSIS_ERROR]TStatus: errCode = 7, detailMessage = unknown database, database=nope',
    });
    expect(await message(put('db/t', null))).toMatchObject({
      Message: '[NOT_AUTHORIZED]no valid Basic authorization',
    });
    expect(await message(put('db/t', 'eve'))).toMatchObject({
      Message: expect.stringContaining('TStatus: errCode = 2, detailMessage = Access denied for eve@'),
    });
  });

  it('takes gzip, chunked bodies and bodies that are sent without waiting', async () => {
    const packed = gzipSync('{"id":1}\n{"id":2}\n');
    expect(await test.loadJson(packed, { compress_type: 'gz' })).toMatchObject({ NumberLoadedRows: 2, LoadBytes: packed.length }); // biome-ignore format: one call
    expect(await test.loadJson('{"id":3}', {}, { chunked: true })).toMatchObject({ NumberLoadedRows: 1 });
    const eager = await call(`http://127.0.0.1:${test.double.bePort}/api/db/t/_stream_load`, {
      method: 'PUT',
      body: '{"id":4}',
      headers: { format: 'json' },
    });
    expect(JSON.parse(eager.text)).toMatchObject({ NumberLoadedRows: 1 });
    expect(await test.rows('SELECT count(*) FROM db.t')).toEqual([['4']]);
    expect(await test.loadJson('no gzip', { compress_type: 'gz' })).toMatchObject({ Status: 'Fail' });
  });

  it('rolls back when the client goes away in the middle of the body', async () => {
    const away = new AbortController();
    const body = call(`http://127.0.0.1:${test.double.bePort}/api/db/t/_stream_load`, {
      method: 'PUT',
      body: '{"id":1}\n',
      headers: { format: 'json', label: 'gone', 'Content-Length': '1000' },
      signal: away.signal,
    });
    await until(async () => (await test.state('gone')) === 'PREPARE');
    away.abort();
    await expect(body).rejects.toThrow();
    await until(async () => (await test.state('gone')) === 'ABORTED');
    expect(await test.rows()).toEqual([]);
  });

  it('loads group commits under labels of its own, without deduplication', async () => {
    const grouped = await startTestDouble({ groupCommitIntervalMs: 50 });
    try {
      const headers = { group_commit: 'sync_mode' };
      const replies = await Promise.all([grouped.loadJson('{"id":1}', headers), grouped.loadJson('{"id":1}', headers)]);
      expect(replies[0]).toMatchObject({
        Status: 'Success',
        GroupCommit: true,
        Label: expect.stringMatching(/^group_commit_[0-9a-f]{16}_[0-9a-f]{16}$/),
      });
      expect(Object.keys(replies[0] ?? {})).not.toContain('BeginTxnTimeMs');
      expect(replies[1]?.Label).toBe(replies[0]?.Label);
      expect(await grouped.rows('SELECT count(*) FROM db.t')).toEqual([['2']]);
      expect(await grouped.loadJson('{"id":3}', { group_commit: 'async_mode' })).toMatchObject({ Status: 'Success' });
      await until(async () => (await grouped.rows('SELECT count(*) FROM db.t'))[0]?.[0] === '3');
    } finally {
      await grouped.double.close();
    }
  });

  it('says Publish Timeout when the rows are committed and not yet visible', async () => {
    const slow = await startTestDouble({ publishWaitMs: 20, transactions: { publishDelayMs: 200 } });
    try {
      expect(await slow.loadJson('{"id":1}', { label: 'slow' })).toMatchObject({
        Status: 'Publish Timeout',
        Message: '[PUBLISH_TIMEOUT]TStatus: transaction commit successfully, BUT data will be visible later',
      });
      expect(await slow.state('slow')).toBe('COMMITTED');
      expect(await slow.rows()).toEqual([]);
      await until(async () => (await slow.state('slow')) === 'VISIBLE');
      expect(await slow.rows()).toEqual([['1', null]]);
    } finally {
      await slow.double.close();
    }
  });

  it('keeps to its limits: body, running transactions', async () => {
    const small = await startTestDouble({
      bodyLimits: { maxBytes: 100, maxJsonBytes: 10 },
      transactions: { maxRunningPerDatabase: 1 },
    });
    try {
      expect(await small.loadJson('x'.repeat(101), { format: 'csv' })).toMatchObject({
        Message:
          "[E-217]body size 101 exceed BE's conf `streaming_load_max_mb` 100. increase it if you are sure this load is reasonable",
      });
      expect(await small.loadJson('x'.repeat(11), { strip_outer_array: 'true' })).toMatchObject({
        Message:
          "[E-217]json body size 11 exceed BE's conf `streaming_load_json_max_mb` 10. increase it if you are sure this load is reasonable",
      });
      expect(await small.loadJson('{"id":1}', { two_phase_commit: 'true' })).toMatchObject({ Status: 'Success' });
      expect(await small.loadJson('{"id":2}')).toMatchObject({
        Message:
          '[ANALYSIS_ERROR]TStatus: errCode = 2, detailMessage = current running txns on db 10001 is 1, larger than limit 1',
      });
    } finally {
      await small.double.close();
    }
  });
});

/** Waits for a condition; the test's own time limit bounds it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
