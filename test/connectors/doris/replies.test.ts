import {
  errorOf,
  excerpt,
  frontendError,
  type HttpReply,
  loadReply,
  relatedTransaction,
  twoPhaseAnswer,
} from '../../../connectors/doris/replies.js';
import { errorOf as thrownBy } from '../../connect/converters/encoding.js';

const host = '10.0.0.1:8040';
const context = { table: 'db.t', label: 'l' };

function reply(body: unknown, status = 200): HttpReply {
  return { status, host, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const counters = {
  NumberTotalRows: 10,
  NumberLoadedRows: 9,
  NumberFilteredRows: 1,
  NumberUnselectedRows: 0,
  LoadBytes: 471,
  LoadTimeMs: 52,
};

describe('the reply of a back end to Stream Load', () => {
  test('Success with two-phase commit', () => {
    const fields = { TxnId: 7, Label: 'l', Comment: '', TwoPhaseCommit: 'true', Status: 'Success', Message: 'OK' };
    expect(loadReply(reply({ ...fields, ...counters }), context)).toEqual({
      transactionId: '7',
      status: 'Success',
      existingJobStatus: undefined,
      message: 'OK',
      twoPhase: true,
      totalRows: 10,
      loadedRows: 9,
      filteredRows: 1,
      errorUrl: undefined,
      firstError: undefined,
    });
  });

  test('a transaction id of 64 bits keeps every digit, however the JSON is spaced', () => {
    const id = '9223372036854775807';
    for (const text of [
      `{"TxnId":${id},"Status":"Success"}`,
      `{\n    "TxnId" : ${id},\n    "Status": "Success"\n}\n`,
    ]) {
      expect(loadReply(reply(text), context).transactionId).toBe(id);
    }
  });

  test('Publish Timeout tells of a committed transaction', () => {
    const Message = '[PUBLISH_TIMEOUT]TStatus: transaction commit successfully, BUT data will be visible later';
    const read = loadReply(reply({ TxnId: 8, TwoPhaseCommit: 'false', Status: 'Publish Timeout', Message }), context);
    expect(read).toMatchObject({ status: 'Publish Timeout', transactionId: '8', twoPhase: false });
  });

  test.each(['RUNNING', 'PRECOMMITTED', 'FINISHED'])('Label Already Exists, %s', (ExistingJobStatus) => {
    const Message =
      '[LABEL_ALREADY_EXISTS]TStatus: errCode = 2, detailMessage = Label [l] has already been used, relate to txn [18036], status [X].';
    const read = loadReply(reply({ TxnId: -1, Status: 'Label Already Exists', ExistingJobStatus, Message }), context);
    expect(read).toMatchObject({ status: 'Label Already Exists', existingJobStatus: ExistingJobStatus });
    expect(read.transactionId).toBeUndefined();
    expect(relatedTransaction(read.message)).toBe('18036');
  });

  test('Fail with ErrorURL and FirstErrorMsg', () => {
    const fields = { TxnId: 9, Status: 'Fail', Message: '[DATA_QUALITY_ERROR]too many filtered rows' };
    expect(loadReply(reply({ ...fields, ErrorURL: 'http://be/x', FirstErrorMsg: 'why' }), context)).toMatchObject({
      status: 'Fail',
      errorUrl: 'http://be/x',
      firstError: 'why',
    });
  });

  test('group commit says so with a boolean, and has no transaction to commit', () => {
    const fields = { TxnId: 9, Label: 'group_commit_1_2', GroupCommit: true, Status: 'Success', Message: 'OK' };
    expect(loadReply(reply(fields), context)).toMatchObject({ status: 'Success', twoPhase: false });
  });
});

describe('the errors of Stream Load, in the words of Doris', () => {
  const relayed = (detail: string) => `[ANALYSIS_ERROR]TStatus: errCode = 2, detailMessage = ${detail}`;

  test.each([
    ['[DATA_QUALITY_ERROR]too many filtered rows', 'SINK_ROWS_REJECTED', false],
    ['[DATA_QUALITY_ERROR]Encountered unqualified data, stop processing', 'SINK_ROWS_REJECTED', false],
    ['[ANALYSIS_ERROR]TStatus: errCode = 7, detailMessage = unknown table, tableName=T', 'SINK_TABLE_UNKNOWN', false],
    [
      '[ANALYSIS_ERROR]TStatus: errCode = 7, detailMessage = unknown database, database=D',
      'SINK_DATABASE_UNKNOWN',
      false,
    ],
    [relayed("Access denied for user 'root'@'10.0.0.2' (using password: YES)"), 'SINK_AUTHENTICATION_FAILED', false],
    [
      '[NOT_AUTHORIZED]TStatus: errCode = 2, detailMessage = Access denied for root',
      'SINK_AUTHENTICATION_FAILED',
      false,
    ],
    ['[NOT_AUTHORIZED]no valid Basic authorization', 'SINK_AUTHENTICATION_FAILED', false],
    [
      relayed('Access denied; you need (at least one of) the (LOAD) privilege(s) for this operation'),
      'SINK_ACCESS_DENIED',
      false,
    ],
    ["[E-217]body size 9 exceed BE's conf `streaming_load_max_mb` 8. increase it if", 'SINK_BODY_TOO_LARGE', false],
    ["[E-217]json body size 9 exceed BE's conf `streaming_load_json_max_mb` 8.", 'SINK_BODY_TOO_LARGE', false],
    [relayed('current running txns on db 10001 is 1000, larger than limit 1000'), 'SINK_QUOTA_EXCEEDED', true],
    [
      '[INTERNAL_ERROR]tablet error: [E-235]failed to init rowset builder. version count: 2001, exceed limit: 2000, tablet: 5.',
      'SINK_TOO_MANY_VERSIONS',
      true,
    ],
    ['[NOT_IMPLEMENTED_ERROR]stream load 2pc is unsupported for mow table', 'SINK_UNSUPPORTED', false],
    ["[INVALID_ARGUMENT]label and group_commit can't be set at the same time", 'SINK_REQUEST_INVALID', false],
    ['[E-1101]unknown data format, format=avro', 'SINK_REQUEST_INVALID', false],
    ['[INVALID_ARGUMENT]Invalid strict mode format. Must be bool type', 'SINK_REQUEST_INVALID', false],
    ['[CANCELLED]sender is gone', 'SINK_UNAVAILABLE', true],
    ["[NETWORK_ERROR]receive body don't equal with body bytes", 'SINK_UNAVAILABLE', true],
    ['[INTERNAL_ERROR]something nobody has foreseen', 'SINK_UNAVAILABLE', true],
  ])('%s', (message, code, retryable) => {
    const error = errorOf(message, context);
    expect(error).toMatchObject({ code, retryable, context });
    expect(error.message).toBe(`Doris: ${message}`);
    expect(error.hint).toMatch(/\.$/);
  });

  test('what a row of the user says does not decide what kind of error it is', () => {
    const error = errorOf(
      '[DATA_QUALITY_ERROR]too many filtered rows',
      context,
      'Reason: no. src line [{"note":"unknown table, access denied for quota"}]; ',
    );
    expect(error.code).toBe('SINK_ROWS_REJECTED');
    expect(error.message).toContain('unknown table, access denied for quota');
  });
});

describe('the envelopes of a front end', () => {
  test.each([
    [{ status: 'FAILED', msg: 'There is no 100-continue header' }, 'SINK_REQUEST_INVALID', false],
    [{ status: 'FAILED', msg: 'No database selected.' }, 'SINK_UNAVAILABLE', true],
    [
      {
        status: 'FAILED',
        msg: 'Access denied; you need (at least one of) the LOAD privilege(s) for this operation',
      },
      'SINK_ACCESS_DENIED',
      false,
    ],
    [
      { msg: 'Unauthorized', code: 401, data: 'Access denied for root@10.0.0.9', count: 0 },
      'SINK_AUTHENTICATION_FAILED',
      false,
    ],
    [{ msg: 'Unauthorized', code: 401, data: 'Need auth information.', count: 0 }, 'SINK_AUTHENTICATION_FAILED', false],
    [
      { msg: 'Error', code: 1, data: 'errCode = 7, detailMessage = unknown table, tableName=T', count: 0 },
      'SINK_TABLE_UNKNOWN',
      false,
    ],
    [{ msg: 'Error', code: 1, data: 'not ready', count: 0 }, 'SINK_UNAVAILABLE', true],
  ])('%j', (fields, code, retryable) => {
    const error = frontendError(fields, { ...context, host });
    expect(error).toMatchObject({ code, retryable, context: { ...context, host } });
    expect(error.message).toContain('data' in fields ? fields.data : fields.msg);
  });

  test('a front end that answers a load itself is an error, not a reply without status', () => {
    const error = thrownBy(() => loadReply(reply({ status: 'FAILED', msg: 'No table selected.' }), context));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', context: { ...context, host } });
  });
});

describe('replies that are none', () => {
  test.each([
    [502, '<html>\n <h1>Bad Gateway</h1>\n</html>', 'SINK_UNAVAILABLE', true],
    [503, '', 'SINK_UNAVAILABLE', true],
    [429, 'slow down', 'SINK_UNAVAILABLE', true],
    [401, 'who are you?', 'SINK_AUTHENTICATION_FAILED', false],
    [403, 'not you', 'SINK_ACCESS_DENIED', false],
    [404, 'Not Found', 'SINK_PROTOCOL', false],
  ])('HTTP %d', (status, body, code, retryable) => {
    const error = thrownBy(() => loadReply(reply(body, status), context));
    expect(error).toMatchObject({ code, retryable, context: { ...context, host } });
    expect(error.message).toContain(`HTTP ${status}`);
    expect(error.message).toContain(excerpt(body));
  });

  test('HTTP 500 is not a success, whatever its body says', () => {
    const error = thrownBy(() => loadReply(reply({ TxnId: 7, Status: 'Success' }, 500), context));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
  });

  test.each(['', '<html>', '[]', 'null', '"Success"', '{"Status":"Succ'])('HTTP 200 with %j', (body) => {
    const error = thrownBy(() => loadReply(reply(body), context));
    expect(error).toMatchObject({ code: 'SINK_PROTOCOL', retryable: true, context: { ...context, host } });
  });
});

describe('the reply to a commit or an abort', () => {
  const refused = (detail: string) => ({
    status: 'ANALYSIS_ERROR',
    msg: `TStatus: errCode = 2, detailMessage = ${detail}`,
  });

  test.each([
    [{ status: 'Success', msg: 'transaction [18036] commit successfully.' }, 'done'],
    [{ status: 'Success', msg: 'label [l] transaction [18036] commit successfully.' }, 'done'],
    [{ status: 'Success', msg: 'label [l] abort successfully.' }, 'done'],
    [refused('transaction [18036] not found'), 'not found'],
    [refused('transaction [18036] is already committed, not pre-committed.'), 'already committed'],
    [refused('transaction [18036] is already visible, not pre-committed.'), 'already committed'],
    [refused('transaction [18036] is already COMMITTED, could not abort.'), 'already committed'],
    [refused('transaction [18036] is already VISIBLE, could not abort.'), 'already committed'],
    [refused('transaction [18036] is prepare, not pre-committed.'), 'still preparing'],
    [refused('transaction [18036] is already aborted. abort reason: timeout by txn manager'), 'already aborted'],
    [refused('transaction [18036] is already aborted, abort reason: User Abort'), 'already aborted'],
    [refused('transaction [18036] is already aborted. abort reason: is already visible'), 'already aborted'],
    [refused('transaction not found, label=l'), 'not found'],
    [refused('running transaction not found, label=l'), 'not found'],
    [{ ...refused('transaction [18036] not found'), status: 'Fail' }, 'not found'],
  ])('%j', (body, answer) => {
    expect(twoPhaseAnswer(reply(body), context)).toBe(answer);
  });

  test.each([
    [{ status: 'INTERNAL_ERROR', msg: 'convert txn_id [x] failed, reason=stoull' }, 'SINK_UNAVAILABLE', true],
    [refused('get tableList write lock timeout, tableList=(1)'), 'SINK_UNAVAILABLE', true],
    [refused('unknown table, tableName=T'), 'SINK_TABLE_UNKNOWN', false],
    [{ status: 'FAILED', msg: 'No transaction id selected.' }, 'SINK_UNAVAILABLE', true],
  ])('%j is an error', (body, code, retryable) => {
    const error = thrownBy(() => twoPhaseAnswer(reply(body), context));
    expect(error).toMatchObject({ code, retryable, context: { ...context, host } });
    expect(error.message).toContain(body.msg);
  });
});
