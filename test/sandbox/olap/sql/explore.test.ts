import { createConnection } from 'mysql2/promise';
import { startMysqlServer } from '../../../../sandbox/olap/mysql/server.js';
test('explore', async () => {
  let t = Date.now();
  const lap = (n: string) => { process.stdout.write(`${n} ${Date.now() - t}\n`); t = Date.now(); };
  const text = 'x'.repeat(17 * 1024 * 1024);
  const server = await startMysqlServer({ host: '127.0.0.1', port: 0, serverVersion: '5.7.99', authenticate: () => true,
    openSession: () => ({ database: undefined, use() {}, fields: () => [], statements: () => { lap('arrived'); return [{ parameterCount: 0, execute: async () => ({ columns: [{ name: 'a', type: 'VARCHAR' }], rows: [[text]] }) }]; } }) });
  const c = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' });
  lap('connected');
  await c.query('SELECT 1'); lap('small query, big answer');
  await c.query('SELECT ?', [text]); lap('both');
  await c.end(); await server.close();
});
