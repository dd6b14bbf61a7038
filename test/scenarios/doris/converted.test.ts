/** Scenarios of the Java connector's own end-to-end tests with transforms, and with values of Avro. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import avsc from 'avsc';
import { RegistryDouble } from '../../../sandbox/registry/index.js';
import { NEVER, PLAIN_JSON, Stage, user, userTable } from './support/stage.js';

let stage: Stage;
let registry: RegistryDouble;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-scenarios-'));
  registry = await RegistryDouble.start();
  stage = await Stage.start();
}, 120_000);
afterAll(async () => {
  await stage?.close();
  await registry?.close();
  rmSync(folder, { recursive: true });
}, 60_000);

const TRANSFORMS = 'org.apache.kafka.connect.transforms';
const RENAME = {
  'transforms.rename.type': `${TRANSFORMS}.ReplaceField$Value`,
  'transforms.rename.renames': 'old_col1:col1',
};

describe('8 testRenameTransform', () => {
  test('ReplaceField gives a field the name of its column', async () => {
    await stage.run(
      'CREATE TABLE e2e.rename_tab (id INT, col1 VARCHAR(20), col2 VARCHAR(20)) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const scene = await stage.scene('rename_tab', { ...PLAIN_JSON, ...RENAME, transforms: 'rename' });
    await scene.send([
      { id: 1, old_col1: 'col1', col2: 'col2' },
      { id: 2, old_col1: 'col1_1', col2: 'col2' },
    ]);
    await stage.expectRows('rename_tab', ['1,col1,col2', '2,col1_1,col2']);
  });
});

describe('9 testMultipleTransformsChain', () => {
  test('ExtractField, then ReplaceField', async () => {
    await stage.run('CREATE TABLE e2e.chain_tab (id INT, col1 VARCHAR(20)) UNIQUE KEY(id) DISTRIBUTED BY HASH(id)');
    const scene = await stage.scene('chain_tab', {
      ...PLAIN_JSON,
      ...RENAME,
      transforms: 'content,rename',
      'transforms.content.type': `${TRANSFORMS}.ExtractField$Value`,
      'transforms.content.field': 'content',
    });
    await scene.send([1, 2].map((id) => ({ type: 'INSERT', content: { id, old_col1: 'col1' } })));
    await stage.expectRows('chain_tab', ['1,col1', '2,col1']);
  });
});

describe('10 testTopicMutatingSmt', () => {
  // The Java connector's task fails with it, and its users ask for it: here the new name is what a table is looked up by.
  test('RegexRouter changes the topic, and with it the table', async () => {
    await stage.run(userTable('regex_router_tab'));
    const topic = await stage.topic('p-routed');
    await stage.connect(topic, {
      transforms: 'regex',
      'transforms.regex.type': `${TRANSFORMS}.RegexRouter`,
      'transforms.regex.regex': 'p-(.*)',
      'transforms.regex.replacement': '$1',
      'doris.topic2table.map': `${topic.slice('p-'.length)}:regex_router_tab`,
    });
    await stage.send(topic, [user(1, 'zhangsan', 12)]);
    await stage.expectRows('regex_router_tab', ['1,zhangsan,12']);
    await stage.rig.reaches(topic, 'RUNNING');
  });
});

const USER_SCHEMA = {
  type: 'record',
  name: 'User',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'name', type: 'string' },
    { name: 'age', type: 'int' },
  ],
} as const;
const avroUser = avsc.Type.forSchema(USER_SCHEMA as unknown as avsc.Schema);

describe('17 testConfluentAvroConvert', () => {
  test('schemas of a registry', async () => {
    await stage.run(userTable('confluent_avro_tab', 'DUPLICATE'));
    const topic = await stage.topic('avro_registry');
    const { stored } = registry.register(`${topic}-value`, { schema: JSON.stringify(USER_SCHEMA) });
    const head = Buffer.alloc(5);
    head.writeInt32BE(stored.id, 1);
    await stage.connect(topic, {
      'doris.topic2table.map': `${topic}:confluent_avro_tab`,
      'buffer.count.records': '2',
      'buffer.flush.time': NEVER,
      'key.converter': 'io.confluent.connect.avro.AvroConverter',
      'key.converter.schema.registry.url': registry.url,
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': registry.url,
    });
    const people = [user(3, 'kafka-confluent', 38), user(4, 'doris-confluent', 58)];
    await stage.send(
      topic,
      people.map((person) => Buffer.concat([head, avroUser.toBuffer(person)])),
    );
    await stage.expectRows('confluent_avro_tab', ['3,kafka-confluent,38', '4,doris-confluent,58']);
  });
});

describe('18 testDorisAvroConvert', () => {
  test('schemas of files', async () => {
    await stage.run(userTable('doris_avro_tab', 'DUPLICATE'));
    const topic = await stage.topic('avro-user');
    const file = join(folder, 'user.avsc');
    writeFileSync(file, JSON.stringify(USER_SCHEMA));
    await stage.connect(topic, {
      'doris.topic2table.map': `${topic}:doris_avro_tab`,
      'value.converter': 'org.apache.doris.kafka.connector.decode.avro.DorisAvroConverter',
      'value.converter.avro.topic2schema.filepath': `${topic}:${pathToFileURL(file).href}`,
    });
    await stage.send(
      topic,
      [user(1, 'kafka', 30), user(2, 'doris', 18)].map((person) => avroUser.toBuffer(person)),
    );
    await stage.expectRows('doris_avro_tab', ['1,kafka,30', '2,doris,18']);
  });
});
