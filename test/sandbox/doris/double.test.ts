import { createConnection } from 'mysql2/promise';
import { startDorisDouble } from '../../../sandbox/doris/double.js';
import { call, startTestDouble } from './support/client.js';

describe('the double as a whole', () => {
  it('shows loads and their transactions on the MySQL port, and never claims to be the database', async () => {
    const test = await startTestDouble();
    const connection = await createConnection({ host: '127.0.0.1', port: test.double.mysqlPort, user: 'root' });
    try {
      await connection.query("ADMIN SET FRONTEND CONFIG ('label_num_threshold' = '3')");
      expect(test.double.transactions.settings.labelKeepCount).toBe(3);
      await test.loadJson('{"id":1,"name":"ä"}', { label: 'l_1', two_phase_commit: 'true' });
      const [transactions] = await connection.query("SHOW TRANSACTION FROM db WHERE LABEL LIKE 'l%'");
      expect(transactions).toMatchObject([
        { Label: 'l_1', TransactionStatus: 'PRECOMMITTED', LoadJobSourceType: 'BACKEND_STREAMING' },
      ]);
      await test.loadJson('{"id":2}', { label: 'l_2' });
      const [rows] = await connection.query('SELECT * FROM db.t');
      expect(rows).toEqual([{ id: 2, name: null }]);
      const [comment] = await connection.query('SELECT @@version_comment AS comment');
      expect(comment).toMatchObject([{ comment: expect.stringContaining('not Apache Doris') }]);
    } finally {
      await connection.end();
      await test.double.close();
    }
  });

  it('reads times with an offset in the time zone of the cluster, or in that of the load', async () => {
    const test = await startTestDouble();
    const { double } = test;
    const query = (stmt: string) =>
      call(`${double.feUrl}/api/query/default_cluster/db`, { method: 'POST', body: JSON.stringify({ stmt }) });
    try {
      await query('CREATE TABLE moments (id INT, at DATETIME) DUPLICATE KEY(id)');
      await query("SET GLOBAL time_zone = 'Asia/Shanghai'");
      const load = (body: string, headers: Record<string, string>) =>
        call(`http://127.0.0.1:${double.bePort}/api/db/moments/_stream_load`, {
          method: 'PUT',
          body,
          headers: { Expect: '100-continue', format: 'json', ...headers },
        });
      await load('{"id":1,"at":"2020-07-17T10:00:22Z"}', {});
      await load('{"id":2,"at":"2020-07-17T10:00:22Z"}', { timezone: '-05:00' });
      expect(await test.rows('SELECT id, "at" FROM db.moments ORDER BY id')).toEqual([
        ['1', '2020-07-17 18:00:22'],
        ['2', '2020-07-17 05:00:22'],
      ]);
    } finally {
      await double.close();
    }
  });

  it('is closed by its signal, once, and leaves its ports free', async () => {
    const stop = new AbortController();
    const double = await startDorisDouble({ signal: stop.signal });
    stop.abort();
    await double.close();
    const again = await startDorisDouble({
      ports: { http: double.fePort, be: double.bePort, mysql: double.mysqlPort },
    });
    expect(again.feUrl).toBe(double.feUrl);
    await again.close();
  });

  it('leaves nothing open when a port is taken', async () => {
    const first = await startDorisDouble();
    await expect(startDorisDouble({ ports: { http: first.fePort } })).rejects.toThrow('EADDRINUSE');
    await first.close();
  });
});
