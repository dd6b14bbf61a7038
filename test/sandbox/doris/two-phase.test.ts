import { startTestDouble, type TestDouble } from './support/client.js';

describe('the second phase', () => {
  let test: TestDouble;
  beforeAll(async () => {
    test = await startTestDouble();
  });
  afterAll(() => test.double.close());

  let labels = 0;
  const precommitted = async (): Promise<{ id: string; label: string }> => {
    const label = `two_phase_${++labels}`;
    const reply = await test.loadJson('{"id":1}', { label, two_phase_commit: 'true' });
    expect(reply).toMatchObject({ Status: 'Success', TwoPhaseCommit: 'true', CommitAndPublishTimeMs: 0 });
    return { id: String(reply.TxnId), label };
  };
  const commit = async (headers: Record<string, string>): Promise<unknown> =>
    JSON.parse((await test.twoPhase({ txn_operation: 'commit', ...headers })).text);
  const abort = async (headers: Record<string, string>): Promise<unknown> =>
    JSON.parse((await test.twoPhase({ txn_operation: 'abort', ...headers })).text);
  const refused = (detail: string) => ({
    status: 'ANALYSIS_ERROR',
    msg: `TStatus: errCode = 2, detailMessage = ${detail}`,
  });

  it('commits by id, in the exact form of the reply', async () => {
    const { id, label } = await precommitted();
    expect(await test.state(label)).toBe('PRECOMMITTED');
    const reply = await test.twoPhase({ txn_operation: 'commit', txn_id: id });
    expect(reply.status).toBe(200);
    expect(reply.text).toBe(`{\n    "status": "Success",\n    "msg": "transaction [${id}] commit successfully."\n}`);
    while ((await test.state(label)) !== 'VISIBLE') await new Promise((resolve) => setImmediate(resolve));
    expect(await commit({ txn_id: id })).toEqual(refused(`transaction [${id}] is already visible, not pre-committed.`));
    expect(await abort({ txn_id: id })).toEqual(refused(`transaction [${id}] is already VISIBLE, could not abort.`));
    expect(await commit({ label })).toEqual(refused(`running transaction not found, label=${label}`));
  });

  it('commits by label, and by both', async () => {
    const first = await precommitted();
    expect(await commit({ label: first.label })).toEqual({
      status: 'Success',
      msg: `label [${first.label}] commit successfully.`,
    });
    const second = await precommitted();
    expect(await commit({ label: second.label, txn_id: second.id })).toEqual({
      status: 'Success',
      msg: `label [${second.label}] transaction [${second.id}] commit successfully.`,
    });
  });

  it('aborts, and tells an aborted transaction with a full stop on commit and a comma on abort', async () => {
    const { id, label } = await precommitted();
    expect(await abort({ txn_id: id })).toEqual({ status: 'Success', msg: `transaction [${id}] abort successfully.` });
    expect(await commit({ txn_id: id })).toEqual(
      refused(`transaction [${id}] is already aborted. abort reason: User Abort`),
    );
    expect(await abort({ txn_id: id })).toEqual(
      refused(`transaction [${id}] is already aborted, abort reason: User Abort`),
    );
    expect(await abort({ label })).toEqual(refused(`running transaction not found, label=${label}`));
    expect(await test.loadJson('{"id":1}', { label })).toMatchObject({ Status: 'Success' });
  });

  it('refuses what is committed and not yet visible in lower and in upper case', async () => {
    test.double.transactions.settings.publishDelayMs = 60_000;
    try {
      const { id, label } = await precommitted();
      await commit({ txn_id: id });
      expect(await test.state(label)).toBe('COMMITTED');
      expect(await commit({ txn_id: id })).toEqual(
        refused(`transaction [${id}] is already committed, not pre-committed.`),
      );
      expect(await abort({ txn_id: id })).toEqual(
        refused(`transaction [${id}] is already COMMITTED, could not abort.`),
      );
      expect(await test.loadJson('{"id":1}', { label })).toMatchObject({
        Status: 'Label Already Exists',
        ExistingJobStatus: 'FINISHED',
      });
    } finally {
      test.double.transactions.settings.publishDelayMs = 0;
    }
  });

  it('names what it does not know', async () => {
    expect(await commit({ txn_id: '999' })).toEqual(refused('transaction [999] not found'));
    expect(await commit({ label: 'nobody' })).toEqual(refused('transaction not found, label=nobody'));
    expect(await commit({ txn_id: 'x' })).toEqual({
      status: 'INTERNAL_ERROR',
      msg: 'convert txn_id [x] failed, reason=stoull',
    });
    const { id } = await precommitted();
    expect(JSON.parse((await test.twoPhase({ txn_id: id, txn_operation: 'undo' })).text)).toEqual({
      status: 'INTERNAL_ERROR',
      msg: "transaction operation should be 'commit' or 'abort'",
    });
  });

  it('keeps precommitted rows over a restart of the backend', async () => {
    const { id, label } = await precommitted();
    await test.double.restartBackend();
    expect(await test.state(label)).toBe('PRECOMMITTED');
    expect(await commit({ txn_id: id })).toMatchObject({ status: 'Success' });
  });

  it('refuses connections while the backend is down, and remembers labels', async () => {
    const { label } = await precommitted();
    await test.double.stopBackend();
    await expect(test.load('{"id":1}')).rejects.toThrow('ECONNREFUSED');
    await test.double.startBackend();
    expect(await commit({ label })).toMatchObject({ status: 'Success' });
  });

  it('aborts what is precommitted for too long, and forgets finished labels by their number', async () => {
    const { id, label } = await precommitted();
    const { settings } = test.double.transactions;
    settings.precommitTimeoutMs = 0;
    settings.labelKeepCount = 1;
    test.double.transactions.sweep();
    expect(await commit({ txn_id: id })).toEqual(
      refused(`transaction [${id}] is already aborted. abort reason: timeout by txn manager`),
    );
    await test.loadJson('{"id":1}', { label: 'newer' });
    test.double.transactions.sweep();
    expect(await test.state(label)).toBe('UNKNOWN');
    expect(await commit({ txn_id: id })).toEqual(refused(`transaction [${id}] not found`));
  });
});
