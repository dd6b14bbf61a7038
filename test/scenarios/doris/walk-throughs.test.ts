/** The walk-throughs of the Java connector's documents, with the files in examples/ that are made of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkConnectorFile } from '../../../client/connector-file.js';
import { type RecordFormat, recordsOf } from '../../../client/demo/records.js';
import { parseConnectorJson } from '../../../connect/config/files.js';
import { RegistryDouble } from '../../../sandbox/registry/index.js';
import * as documents from '../../connectors/doris/examples.js';
import { randomName, Stage } from './support/stage.js';

let stage: Stage;
let registry: RegistryDouble;

beforeAll(async () => {
  registry = await RegistryDouble.start();
  stage = await Stage.start();
}, 120_000);
afterAll(async () => {
  await stage?.close();
  await registry?.close();
}, 60_000);

const lines = (folder: string, file: string) =>
  readFileSync(join('examples', folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

const rows = lines('doris-json', 'rows.jsonl').map((line) => Object.values(JSON.parse(line) as object).join());

interface WalkThrough {
  readonly folder: string;
  readonly documented: Readonly<Record<string, string>>;
  readonly table: string;
  readonly file: string;
  readonly format: Omit<RecordFormat, 'registry'>;
  readonly expected: readonly string[];
}

const WALK_THROUGHS: readonly WalkThrough[] = [
  {
    folder: 'doris-json',
    documented: documents.plainJson,
    table: 'test_db.test_kafka_connector_tbl',
    file: 'rows.jsonl',
    format: {},
    expected: rows,
  },
  {
    folder: 'doris-debezium',
    documented: documents.debezium,
    table: 'test_db.test_user',
    file: 'snapshot.txt',
    format: { keySeparator: '\t' },
    expected: ['1,zhangsan,20', '2,lisi,21', '3,wangwu,22'],
  },
  {
    folder: 'doris-avro',
    documented: documents.avro,
    table: 'test.avro_tab',
    file: 'rows.jsonl',
    format: { schema: 'examples/doris-avro/user.avsc' },
    expected: rows,
  },
  {
    folder: 'doris-protobuf',
    documented: documents.protobuf,
    table: 'test.proto_tab',
    file: 'rows.jsonl',
    format: { schema: 'examples/doris-protobuf/user.proto' },
    expected: rows,
  },
];

describe.each(WALK_THROUGHS)('$folder', ({ folder, documented, table, file, format, expected }) => {
  const topic = randomName(folder);
  const connectorFile = join('examples', folder, 'connector.json');

  async function send(name: string): Promise<void> {
    const records = await recordsOf(topic, lines(folder, name), { ...format, registry: registry.url });
    const messages = records.map((record) => ({ ...record, partition: 0 }));
    await stage.rig.producer.send({ topic, messages });
  }

  test('the file is that of the document, but for where Doris is', () => {
    const { config } = parseConnectorJson(readFileSync(connectorFile, 'utf8'));
    expect(config).toEqual({ ...documented, 'doris.urls': '127.0.0.1' });
  });

  test('the rows arrive', async () => {
    const statements = lines(folder, 'table.sql').join('\n').split(';');
    await stage.run(...statements.filter((statement) => statement.trim() !== ''));
    await stage.rig.createTopic(topic, 3);
    await send(file);
    const overrides = {
      // Other tests and other runs have the same broker.
      name: topic,
      topics: topic,
      'doris.topic2table.map': `${topic}:${table.split('.')[1]}`,
      'doris.http.port': String(stage.rig.doris.fePort),
      'doris.query.port': String(stage.rig.doris.mysqlPort),
      'buffer.flush.time': '1',
      ...(format.schema === undefined
        ? {}
        : { 'key.converter.schema.registry.url': registry.url, 'value.converter.schema.registry.url': registry.url }),
    };
    const { request, problems } = await checkConnectorFile(connectorFile, { overrides });
    expect(problems).toEqual([]);
    await stage.rig.startConnector({ ...request?.config });
    await stage.expectRows(table, expected);
    if (folder !== 'doris-debezium') return;
    await send('changes.txt');
    await stage.becomes(table, ['1,zhangsan,48', '3,wangwu,22', '4,zhaoliu,23']);
  });
});
