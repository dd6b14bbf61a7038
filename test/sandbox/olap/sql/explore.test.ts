import { openContext, openSession } from './harness.js';
test('explore', async () => {
  const c = await openContext();
  const s = openSession(c);
  await s.run("CREATE TABLE t (id INT, name VARCHAR(20), `offset` BIGINT, d DATETIME) DISTRIBUTED BY HASH(id) BUCKETS 1; INSERT INTO t VALUES (1,'a',5,'2024-01-02 03:04:05'),(2,NULL,6,NULL)");
  const out: string[] = [];
  for (const q of [
    'select nope from t', 'select x.nope from t x', 'select nope(1)', 'select from where', 'select 1 +', 'selec 1',
    'select count(*) from t', 'select count(*) c, max(id) from t group by name', 'select offset from t limit 1,1', 'select t.id, T.name from t as T order by name desc',
    'select IF(id=1,"x","y") v, ifnull(name, \'none\') from t', "select date_format(d, '%Y-%m-%d %H:%i:%s') from t", 'select @@version_comment limit 1', 'select @@session.tx_isolation as a, @@max_allowed_packet',
    'select 1 = 1, true, null, -5, 1.50, 1e3', "select 'it''s', \"q\\\"x\", 'back\\\\slash'", 'SELECT `SCHEMA_NAME` FROM `INFORMATION_SCHEMA`.`SCHEMATA`;',
    "SELECT TABLE_NAME FROM information_schema.`TABLES` WHERE TABLE_SCHEMA = 'db'", "SELECT COLUMN_NAME, COLUMNS.DATA_TYPE, COLUMN_TYPE, COLUMN_KEY FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='db' ORDER BY ORDINAL_POSITION",
    'select distinct name from t', 'with x as (select id from t) select sum(id) from x', '(select 1 as a) union all (select 2) order by a', 'select * from (select id from t) q join t on q.id = t.id', 'select * from t a, t b where a.id <=> b.id and a.id in (select id from t)',
    "select group_concat(name separator ';') from t", "select concat(name, '-', id), length('é'), char_length('é') from t", 'show create table t', 'desc t', 'show full columns from t', "show variables like 'version%'", "show variables where Variable_name = 'autocommit'",
    'show tables', "show tables from db like 't%'", 'show processlist', 'show frontends', 'show backends', 'select now() > d from t', "select date_add('2024-01-31', interval 1 month)", "select cast('5' as signed), cast(5 as char), cast('1.239' as decimal(10,2)), cast('2024-01-01 10:00:00' as datetime(3))",
    'select unix_timestamp(\'2024-01-01 00:00:00\'), from_unixtime(0)', 'explain select * from t', 'select 7 div 2, 7 mod 2, 7 / 2, 1 || 0', "select 'abc' regexp 'b', 'abc' like 'A%'", 'select * from db.none', 'select * from none.t', 'show grants', "select id from t where name = 5",
    'select user(), current_user, database(), connection_id(), version(), current_version() as ver', 'select id as `select`, name `my name` from t', 'select 1 as a; select 2 as b', 'select count(distinct name), count(1), avg(id) from t', "select case when id = 1 then 'one' else 'other' end from t order by 1",
    "select date_sub(now(), interval -1 day) > now(), datediff('2024-01-03','2024-01-01')", 'select row_number() over (partition by name order by id) rn from t', "show alter table column from db where TableName='t' order by CreateTime desc limit 1", 'select exists(select 1 from t) e', 'select id from t where id between 1 and 2 and not (id = 1)', 'select `t`.`id` from `db`.`t` where `t`.`id` = 1', 'select db.t.id from db.t', 'select sum(id), sum(offset) from t', 'select min(name) from t having count(*) > 1',
  ]) {
    try {
      const r = await s.session.execute(q);
      out.push(`${q}\n    -> ${JSON.stringify(r).slice(0, 600)}`);
    } catch (e) {
      const x = e as { errno: number; message: string };
      out.push(`${q}\n    !! ${x.errno} ${x.message}`);
    }
  }
  process.stdout.write(`${out.join('\n')}\n`);
  await c.close();
});
