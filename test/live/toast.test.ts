/**
 * Large values of PostgreSQL that an update leaves as they are (TOAST). With the replica identity FULL they are in the
 * event; else it has placeholders: the stored values stay, but a table that cannot be updated in part refuses such rows,
 * with the way out.
 */
import { describeLive } from './support/changes.js';
import type { FollowedTable } from './support/followed-table.js';
import { Live } from './support/live.js';
import { always, type Variant } from './support/variant.js';

const COLUMNS = [
  { name: 'id', doris: 'INT', shown: always('id::text') },
  { name: 'edition', doris: 'INT', shown: always('edition::text') },
  { name: 'body', doris: 'STRING', shown: always('body') },
  { name: 'scan', doris: 'STRING', shown: always("upper(encode(scan, 'hex'))") },
  { name: 'tags', doris: 'STRING', shown: always('to_json(tags)::text') },
  { name: 'meta', doris: 'STRING', shown: always('meta::text') },
] as const;

const whole: FollowedTable = { name: 'whole', key: ['id'], columns: COLUMNS };
const parts: FollowedTable = { name: 'parts', key: ['id'], columns: COLUMNS };
const refused: FollowedTable = { ...parts, isMergedOnRead: true };

const BASE = { time: 'adaptive', schemas: true } as const;
const WHOLE: Variant = { ...BASE, name: 'whole', title: 'whole rows', tables: [whole] };
const PARTS: Variant = { ...BASE, name: 'parts', title: 'rows in parts', tables: [parts] };
const REFUSED: Variant = { ...BASE, name: 'refused', title: 'parts that are refused', tables: [refused] };

/** Beyond two kilobytes, and not compressed: stored out of the row. */
const LARGE = `select id, 1,
  (select string_agg(md5(i::text), '') from generate_series(id, id + 200) i),
  (select decode(string_agg(md5(i::text), ''), 'hex') from generate_series(id, id + 400) i),
  (select array_agg(md5(i::text)) from generate_series(id, id + 200) i),
  (select jsonb_agg(md5(i::text)) from generate_series(id, id + 200) i)
  from generate_series(1, 4) id`;

const tableOf = ({ name }: FollowedTable) => `
  create table ${name} (id int primary key, edition int, body text, scan bytea, tags text[], meta jsonb);
  alter table ${name} alter body set storage external, alter scan set storage external,
    alter tags set storage external, alter meta set storage external;
  insert into ${name} ${LARGE};`;

/** A changed key is a new row, of which the event has to hold everything. */
const changesOfKey = ({ name }: FollowedTable) => `update ${name} set id = 40 where id = 4;`;

const changesOf = ({ name }: FollowedTable) => `
  update ${name} set edition = 2 where id = 1;
  update ${name} set body = 'short now' where id = 2;
  update ${name} set edition = 3, scan = null where id = 2;
  delete from ${name} where id = 3;`;

await describeLive('postgres', 'large values that updates leave as they are', () => {
  let live: Live;

  beforeAll(async () => {
    live = await Live.start({
      database: 'postgres',
      tables: [whole, parts],
      variants: [WHOLE, PARTS, REFUSED],
      snapshot: `${tableOf(whole)} ${tableOf(parts)} alter table ${whole.name} replica identity full;`,
    });
    await live.capture.source.execute(`${changesOf(whole)} ${changesOfKey(whole)} ${changesOf(parts)}`);
  }, 180_000);
  afterAll(() => live?.close(), 60_000);

  test('arrive with the replica identity FULL', () => live.arrives(whole, WHOLE), 240_000);

  test('stay as they are with the default one', () => live.arrives(parts, PARTS), 240_000);

  test('are missed with the default one, where a table cannot be updated in part', async () => {
    const failure = await live.failure(REFUSED);
    expect(failure).toMatch(/The event does not hold the values of .*body.* cannot keep those that it has/s);
    expect(failure).toContain('REPLICA IDENTITY FULL');
    expect(failure).toContain(`${live.nameOf(REFUSED)}.public.parts`);
  }, 240_000);

  test('are missed where the key is changed as well', async () => {
    await live.capture.source.execute(changesOfKey(parts));
    const failure = await live.failure(PARTS);
    expect(failure).toContain('The event does not hold the values of payload.after.body');
    expect(failure).toContain('REPLICA IDENTITY FULL');
  }, 240_000);
});
