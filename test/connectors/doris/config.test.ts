import fc from 'fast-check';
import { parseConnectorJson } from '../../../connect/config/files.js';
import { parseProperties } from '../../../connect/config/properties.js';
import { SluiceError } from '../../../connect/errors.js';
import { dorisSinkDefinition, parseDorisSinkConfig, tableOfTopic } from '../../../connectors/doris/config.js';
import * as examples from './examples.js';

const base: Record<string, string> = examples.plainJson;

function problems(change: Record<string, string | undefined>): { key: string; text: string }[] {
  const raw = Object.entries({ ...base, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return dorisSinkDefinition
    .parse(Object.fromEntries(raw))
    .problems.map(({ key, message, hint = '' }) => ({ key, text: `${message} ${hint}`.trim() }));
}

const texts = (change: Record<string, string | undefined>) => problems(change).map(({ text }) => text);

describe('the configurations of the documentation', () => {
  test.each([
    ['standalone', parseProperties(examples.standalone)],
    ['standalone without schemas', parseProperties(examples.standaloneSchemaless)],
    ['distributed', parseConnectorJson(examples.distributedWithTrailingComma).config],
    ['plain JSON', examples.plainJson],
    ['Debezium', examples.debezium],
    ['Avro', examples.avro],
    ['Protobuf', examples.protobuf],
    ['plain JSON with a dead letter queue', { ...examples.plainJson, ...examples.deadLetterQueue }],
  ])('%s is accepted', (_title, raw) => {
    expect(dorisSinkDefinition.parse(raw).problems).toEqual([]);
    expect(parseDorisSinkConfig(raw).frontends).toHaveLength(1);
  });

  test('the walk-through becomes typed values', () => {
    expect(parseDorisSinkConfig(examples.plainJson)).toMatchObject({
      name: 'test-doris-sink-cluster',
      tasksMax: 10,
      topics: { names: ['test-data-topic'] },
      records: { valueConverter: { kind: 'string' }, keyConverter: { kind: 'string' } },
      batch: {
        triggerRecords: 10_000,
        triggerBytes: 5_000_000,
        triggerMs: 120_000,
        maxBytes: 67_108_864,
        pipelineDepth: 2,
      },
      frontends: [{ host: '10.10.10.1', httpPort: 8030, queryPort: 9030 }],
      user: 'root',
      routes: [{ topic: 'test-data-topic', table: 'test_kafka_connector_tbl' }],
      labelPrefix: 'test-doris-sink-cluster',
      twoPhaseCommit: true,
      headers: { format: 'json', read_json_by_line: 'true', group_commit: 'off_mode' },
      retry: { maxRetries: undefined },
    });
  });
});

describe('problems in the words of Kafka Connect and of the Java connector', () => {
  const required = ['name', 'connector.class', 'doris.urls', 'doris.http.port', 'doris.query.port', 'doris.user'];

  test.each(required)('%s missing', (key) => {
    expect(problems({ [key]: undefined })).toEqual([
      { key, text: expect.stringContaining(`Missing required configuration "${key}" which has no default value.`) },
    ]);
  });

  test.each([
    ['doris.urls', 'Name the front ends of Doris: 10.10.10.1,10.10.10.2.'],
    ['doris.query.port', 'Give the query_port of fe.conf, usually 9030.'],
    ['doris.http.port', 'Give the http_port of fe.conf, usually 8030.'],
    ['doris.user', 'Give a user of Doris that has LOAD_PRIV on the tables.'],
  ])('%s blank', (key, hint) => {
    expect(texts({ [key]: ' ' })).toEqual([`${key} cannot be empty. ${hint}`]);
  });

  test.each<[Record<string, string | undefined>, string]>([
    [
      { name: 'a.b' },
      'name is empty or invalid. It should match doris object identifier syntax. Please see the documentation.',
    ],
    [{ topics: undefined }, 'topics or topics.regex cannot be empty.'],
    [{ topics: ' , ' }, 'topics or topics.regex cannot be empty.'],
    [{ 'topics.regex': 'a.*' }, 'topics and topics.regex cannot be set at the same time.'],
    [{ 'tasks.max': 'abc' }, 'Invalid value abc for configuration tasks.max: Not a number of type INT'],
    [{ 'tasks.max': '0' }, 'Invalid value 0 for configuration tasks.max: Value must be at least 1'],
    [
      { 'enable.2pc': 'yes' },
      'Invalid value yes for configuration enable.2pc: Expected value to be either true or false',
    ],
    [{ 'auto.redirect': 'maybe' }, 'autoDirect non-boolean type, maybe'],
    [{ 'buffer.count.records': '' }, 'buffer.count.records cannot be empty or not a number.'],
    [{ 'buffer.count.records': 'x' }, 'Not a number of type LONG'],
    [{ 'buffer.size.bytes': '0' }, 'Value must be at least 1'],
    [{ 'buffer.size.bytes': '0' }, 'buffer.size.bytes cannot be empty or not a number or less than 1.'],
    [{ 'buffer.flush.time': '0' }, 'buffer.flush.time cannot be empty or not a number or less than 1.'],
    [{ 'max.retries': '-1' }, 'max.retries cannot be empty or not a number or less than 0.'],
    [{ 'retry.interval.ms': 'soon' }, 'retry.interval.ms cannot be empty or not a number or less than 0.'],
    [{ 'load.model': 'broker' }, 'The value of broker is an illegal parameter of load.model.'],
    [{ 'delivery.guarantee': 'twice' }, 'The value of twice is an illegal parameter of delivery.guarantee.'],
    [{ 'converter.mode': 'x' }, 'The value of x is an illegal parameter of converter.mode.'],
    [{ 'debezium.schema.evolution': 'x' }, 'The value of x is an illegal parameter of debezium.schema.evolution.'],
    [{ 'behavior.on.null.values': 'x' }, 'The value of x is an illegal parameter of behavior.on.null.values.'],
    [{ 'doris.topic2table.map': 'a' }, 'Invalid doris.topic2table.map config format: a'],
    [{ 'doris.topic2table.map': 'a:b:c' }, 'Invalid doris.topic2table.map config format: a:b:c'],
    [{ 'doris.topic2table.map': 'a:b.c.d' }, 'Format: <topic-1>:<table-1>,<topic-2>:<table-2>,...'],
    [{ 'doris.topic2table.map': 'a:' }, 'tableName is empty'],
    [{ 'doris.topic2table.map': 'a:b, a:c' }, 'topic name a is duplicated'],
    [{ 'doris.database': undefined }, 'Failed to get database and table names of topic test-data-topic.'],
    [
      { 'sink.properties.group_commit': 'often', 'enable.2pc': 'false' },
      'The value of group commit mode is an illegal parameter, illegal value=often',
    ],
    [
      { 'sink.properties.group_commit': 'sync_mode', 'enable.2pc': 'true' },
      "When group commit is enabled, you should disable two phase commit! Please  set 'enable.2pc':'false'",
    ],
    [
      { 'sink.properties.group_commit': 'async_mode', 'sink.properties.partial_columns': 'true' },
      'When group commit is enabled,you can not load data with partial column update.',
    ],
    [
      { 'sink.properties.group_commit': 'sync_mode', 'delivery.guarantee': 'exactly_once' },
      'When group commit is enabled, delivery.guarantee cannot be exactly_once',
    ],
    [{ 'sink.properties.Label': 'mine' }, 'sink.properties.label cannot be set'],
    [{ 'sink.properties.compress_type': 'lz4' }, 'String must be one of: none, gz'],
    [
      { 'sink.properties.format': 'csv', 'value.converter': 'JsonConverter' },
      'Lines of CSV can be made of records only if sink.properties.columns names their fields.',
    ],
    [
      { 'sink.properties.format': 'csv', 'record.tablename.field': 't' },
      'record.tablename.field needs values with fields',
    ],
    [{ 'sink.properties.format': 'csv', 'sink.properties.enclose': '""' }, 'enclose must be single-char'],
    [{ 'sink.properties.merge_type': 'merge' }, 'Excepted DELETE ON clause when merge type is MERGE.'],
    [{ 'sink.properties.delete': 'a=1' }, 'Not support DELETE ON clause when merge type is not MERGE.'],
    [
      { 'enable.delete': 'true', 'sink.properties.columns': 'id,name' },
      'sink.properties.columns does not name __DORIS_DELETE_SIGN__',
    ],
    [
      { 'sink.properties.unique_key_update_mode': 'UPDATE_FLEXIBLE_COLUMNS', 'sink.properties.columns': 'id' },
      'Doris takes no columns with a flexible partial update.',
    ],
    [
      { 'sink.properties.unique_key_update_mode': 'UPDATE_FLEXIBLE_COLUMNS', 'sink.properties.format': 'csv' },
      'A flexible partial update needs rows of JSON.',
    ],
    [{ 'sink.properties.unique_key_update_mode': 'some' }, 'String must be one of: upsert'],
    [
      {
        'sink.properties.group_commit': 'async_mode',
        'sink.properties.unique_key_update_mode': 'UPDATE_FIXED_COLUMNS',
      },
      'When group commit is enabled,you can not load data with partial column update.',
    ],
    [{ 'load.model': 'COPY_INTO', 'sink.properties.format': 'csv' }, 'load.model=copy_into takes rows of JSON.'],
    [{ 'doris.urls': 'https://fe1' }, 'doris.urls names https://fe1, but HTTPS to Doris is not switched on.'],
    [
      { 'doris.urls': 'https://fe1', 'doris.enable.tls': 'true', 'doris.tls.excluded-protocols': 'http' },
      'HTTPS to Doris is not switched on',
    ],
    [{ 'doris.tls.excluded-protocols': 'http,ftp' }, 'Elements must be one of: http, mysql'],
    [{ 'doris.topic2table.regex': 'shop_(.*)' }, 'Invalid doris.topic2table.regex config format: shop_(.*)'],
    [{ 'doris.topic2table.regex': 'shop_(.*:t' }, 'Invalid pattern in doris.topic2table.regex'],
    [{ 'doris.topic2table.regex': 'shop_(.*):a.b.c' }, 'Invalid doris.topic2table.regex config format'],
    [{ 'doris.topic2table.regex': 'shop_(.*):ods_$2' }, 'names a group that its pattern does not have'],
    [{ 'doris.backend.address.map': '10.0.0.1' }, '10.0.0.1 is not internal=external'],
    [{ 'doris.backend.address.map': '10.0.0.1=be1:18040' }, 'give the port of the internal address too'],
    [{ 'doris.urls': 'fe1,fe 2' }, 'fe 2 is not host, host:port or http://host:port'],
    [{ 'database.time_zone': 'Mars/Base' }, 'Unknown time-zone ID'],
    [{ 'value.converter': 'com.acme.Own' }, 'Class com.acme.Own could not be found.'],
    [{ 'value.converter': undefined }, 'Missing required configuration "value.converter" which has no default value.'],
    [{ transforms: 'rename' }, 'Missing required configuration "transforms.rename.type" which has no default value.'],
    [
      {
        transforms: 'a',
        'transforms.a.type': 'org.apache.kafka.connect.transforms.RegexRouter',
        'transforms.a.replacement': 'b',
      },
      'Missing required configuration "transforms.a.regex"',
    ],
    [{ 'header.converter': 'com.acme.Own' }, 'Invalid value com.acme.Own for configuration header.converter'],
    [
      { 'value.converter': 'io.confluent.connect.avro.AvroConverter' },
      'Missing required configuration "value.converter.schema.registry.url"',
    ],
    [
      {
        'key.converter': 'io.confluent.connect.avro.AvroConverter',
        'key.converter.schema.registry.url': 'registry:8081',
      },
      'registry:8081 is not http://host:port or https://host:port',
    ],
    [
      {
        'value.converter': 'DorisAvroConverter',
        'value.converter.avro.topic2schema.filepath': 'test-data-topic',
      },
      'Failed to parse avro.topic2schema.filepath map: test-data-topic',
    ],
    [{ 'value.converter.converter.encoding': 'UTF-16' }, 'Texts have to be in UTF-8'],
    [{ 'converter.mode': 'debezium_ingestion' }, 'converter.mode=debezium_ingestion needs values with fields'],
    [
      { 'behavior.on.null.values': 'delete', 'enable.delete': 'true' },
      'behavior.on.null.values=delete needs change events',
    ],
    [
      {
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'converter.mode': 'debezium_ingestion',
        'behavior.on.null.values': 'delete',
        'enable.delete': 'false',
      },
      'behavior.on.null.values=delete needs enable.delete=true',
    ],
    [{ 'metadata.columns': 'size:kafka_size' }, 'There is no size:kafka_size, only topic, partition'],
    [{ 'metadata.columns': 'topic' }, 'topic names no column'],
    [{ 'metadata.columns': 'topic:a,offset:a' }, 'a is named twice'],
    [
      { 'metadata.columns': 'topic:a', 'sink.properties.format': 'csv' },
      'metadata.columns needs values with fields, but they are lines of CSV',
    ],
  ])('%j', (change, text) => {
    expect(texts(change)).toEqual([expect.stringContaining(text)]);
  });

  test('all problems at once, in one error', () => {
    const raw = { ...base, 'tasks.max': 'many', 'doris.user': '', 'load.model': 'x' };
    expect(() => parseDorisSinkConfig(raw)).toThrow(SluiceError);
    expect(() => parseDorisSinkConfig(raw)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        retryable: false,
        context: { connector: 'test-doris-sink-cluster', key: expect.any(String) },
        message: expect.stringMatching(
          /^Connector configuration is invalid and contains the following 3 error\(s\):\n/,
        ),
      }),
    );
  });
});

describe('what the settings mean', () => {
  const config = (change: Record<string, string>) => parseDorisSinkConfig({ ...base, ...change });

  test('addresses with and without ports and http://', () => {
    expect(config({ 'doris.urls': 'fe1, fe2:8031 ,http://fe3:8032/,[::1]:8033' }).frontends).toEqual([
      { host: 'fe1', httpPort: 8030, queryPort: 9030 },
      { host: 'fe2', httpPort: 8031, queryPort: 9030 },
      { host: 'fe3', httpPort: 8032, queryPort: 9030 },
      { host: '::1', httpPort: 8033, queryPort: 9030 },
    ]);
  });

  test('topics go to the table of the map, or to that of their own name', () => {
    const routed = config({ topics: 'a,b,c', 'doris.topic2table.map': 'a:t1,b:other.t2' });
    expect(tableOfTopic(routed, 'a')).toEqual({ database: 'test_db', table: 't1' });
    expect(tableOfTopic(routed, 'b')).toEqual({ database: 'other', table: 't2' });
    expect(tableOfTopic(routed, 'c')).toEqual({ database: 'test_db', table: 'c' });
  });

  test('topics go where the first pattern that matches sends them, unless the map names them', () => {
    const routed = config({
      topics: 'shop_orders',
      'doris.topic2table.map': 'shop_users:people',
      'doris.topic2table.regex': 'shop_(.*):ods_$1, (\\w+)[.](\\w{2,}):$1.$2, log_\\d{1,3}:logs',
    });
    expect(tableOfTopic(routed, 'shop_orders')).toEqual({ database: 'test_db', table: 'ods_orders' });
    expect(tableOfTopic(routed, 'shop_users')).toEqual({ database: 'test_db', table: 'people' });
    expect(tableOfTopic(routed, 'crm.customers')).toEqual({ database: 'crm', table: 'customers' });
    expect(tableOfTopic(routed, 'log_17')).toEqual({ database: 'test_db', table: 'logs' });
    expect(tableOfTopic(routed, 'my_shop_orders')).toEqual({ database: 'test_db', table: 'my_shop_orders' });
  });

  test('no common database is needed when patterns have one', () => {
    const byPattern = {
      'doris.topic2table.regex': '(.*)-(.*):$1.$2',
      'doris.topic2table.map': undefined,
      'doris.database': undefined,
    };
    expect(problems({ ...byPattern, topics: 'a-b' })).toEqual([]);
    expect(problems({ ...byPattern, topics: undefined, 'topics.regex': '.*' })).toEqual([]);
    expect(problems({ ...byPattern, topics: 'a-b,plain' })).toHaveLength(1);
  });

  test('TLS for both protocols, or for those that are not excluded', () => {
    expect(config({}).tls).toBeUndefined();
    const path = '/etc/doris/ca.pem';
    const secured = config({ 'doris.enable.tls': 'true', 'doris.tls.ca-certificate-path': path });
    expect(secured.tls).toEqual({ protocols: ['http', 'mysql'], caCertificatePath: path, verifyHostname: true });
    const part = config({ 'doris.enable.tls': 'true', 'doris.tls.excluded-protocols': 'MYSQL' });
    expect(part.tls?.protocols).toEqual(['http']);
  });

  test('no common database is needed when every topic has its own', () => {
    expect(problems({ topics: 'a', 'doris.topic2table.map': 'a:d.t', 'doris.database': undefined })).toEqual([]);
  });

  test('keys in any case; header names in lower case, their values as they are', () => {
    const { 'tasks.max': _tasks, ...rest } = base;
    const parsed = parseDorisSinkConfig({
      ...rest,
      'Tasks.Max': '3',
      'SINK.PROPERTIES.Columns': 'Id,Name',
      'sink.properties.Max_Filter_Ratio': '0.1',
    });
    expect(parsed.tasksMax).toBe(3);
    expect(parsed.headers).toMatchObject({ columns: 'Id,Name', max_filter_ratio: '0.1' });
  });

  test('headers: defaults give way to the user, an empty value takes one away', () => {
    const csv = config({
      'sink.properties.format': 'CSV',
      'sink.properties.column_separator': ',',
      'sink.properties.compress_type': '',
    });
    expect(csv.headers).toEqual({ format: 'CSV', column_separator: ',', group_commit: 'off_mode' });
    expect(csv.load).toMatchObject({ format: 'csv', compression: 'none' });
    expect(config({ 'sink.properties.compress_type': 'gz' }).load.compression).toBe('gz');
    expect(config({}).load.compression).toBe('auto');
    expect(config({ 'enable.delete': 'true' }).headers).toMatchObject({ hidden_columns: '__DORIS_DELETE_SIGN__' });
  });

  test('lines of CSV of records: their columns, separators and marks', () => {
    const made = {
      'value.converter': 'JsonConverter',
      'sink.properties.format': 'csv',
      'sink.properties.columns': 'id, `my name`, c = concat(a, ","), d',
      'sink.properties.column_separator': '\\x0102',
      'sink.properties.enclose': '"',
    };
    const { csv, headers, lineDelimiter } = config(made);
    expect(csv).toEqual({
      columns: ['id', 'my name', 'd'],
      columnSeparator: Buffer.from([1, 2]),
      lineDelimiter: Buffer.from('\n'),
      enclose: '"',
      escape: '\\',
    });
    expect(headers).toMatchObject({ escape: '\\', enclose: '"' });
    expect(lineDelimiter).toBeUndefined();
    const lines = config({ 'sink.properties.format': 'csv', 'sink.properties.line_delimiter': '\\x02' });
    expect([lines.csv, lines.lineDelimiter]).toEqual([undefined, Buffer.from([2])]);
  });

  test('a flexible partial update has the delete sign in its rows, and waits for the batch before it', () => {
    const flexible = config({
      'sink.properties.unique_key_update_mode': 'UPDATE_FLEXIBLE_COLUMNS',
      'enable.delete': 'true',
    });
    expect(flexible.headers.hidden_columns).toBeUndefined();
    expect(flexible.batch.pipelineDepth).toBe(1);
  });

  test('a record names its table, with its database or in that of its topic', () => {
    const routed = config({ topics: 'a', 'doris.topic2table.map': 'a:db1.t1', 'record.tablename.field': 'to' });
    expect(routed.tableField).toBe('to');
    expect(tableOfTopic(routed, 'a', 't2')).toEqual({ database: 'db1', table: 't2' });
    expect(tableOfTopic(routed, 'a', 'db2.t2')).toEqual({ database: 'db2', table: 't2' });
    expect(() => tableOfTopic(routed, 'a', 'no table')).toThrow(SluiceError);
  });

  test('group commit turns two-phase commit off and says what that means', () => {
    const grouped = config({ 'sink.properties.group_commit': 'sync_mode' });
    expect(grouped).toMatchObject({ twoPhaseCommit: false, headers: { group_commit: 'sync_mode' } });
    expect(grouped.warnings).toEqual([expect.objectContaining({ key: 'sink.properties.group_commit' })]);
    expect(config({ 'sink.properties.group_commit': 'off_mode', 'enable.2pc': 'true' }).twoPhaseCommit).toBe(true);
  });

  test('a partial update waits for the batch before it', () => {
    const partial = config({ 'sink.properties.partial_columns': 'true', 'sink.properties.columns': 'id,col1' });
    expect(partial.batch.pipelineDepth).toBe(1);
  });

  test('triggers: fractions of a second, and never more than a batch may hold', () => {
    const { batch } = config({
      'buffer.flush.time': '0.25',
      'buffer.size.bytes': '104857600',
      'batch.max.records': '500',
    });
    expect(batch).toMatchObject({ triggerMs: 250, triggerBytes: 67_108_864, triggerRecords: 500 });
  });

  test('a label prefix is made fit for labels', () => {
    expect(config({ 'label.prefix': `\${name}.v2` })).toMatchObject({
      labelPrefix: 'test-doris-sink-cluster_v2',
      warnings: [expect.objectContaining({ key: 'label.prefix' })],
    });
    expect(config({ 'label.prefix': '' }).labelPrefix).toBe('test-doris-sink-cluster');
    expect(config({ 'label.prefix': `\${name}` }).warnings).toEqual([]);
  });

  test('where a new group begins: the consumer settings take precedence', () => {
    expect(config({}).offsetReset).toBe('earliest');
    expect(config({ 'consumer.override.auto.offset.reset': 'latest' }).offsetReset).toBe('latest');
    expect(texts({ 'consumer.auto.offset.reset': 'middle' })).toEqual([
      expect.stringContaining('String must be one of'),
    ]);
  });

  test('a topic pattern matches whole names', () => {
    const { topics: _topics, ...rest } = base;
    expect(parseDorisSinkConfig({ ...rest, 'topics.regex': 'a|b' }).topics).toEqual({ pattern: '^(?:a|b)$' });
    expect(problems({ topics: undefined, 'topics.regex': '(' })).toHaveLength(1);
  });

  test('keys without effect are explained, misspelt ones are named', () => {
    const { notes, warnings } = dorisSinkDefinition.parse({
      ...base,
      jmx: 'false',
      'doris.ur1s': 'x',
      'my.own.key': 'y',
    });
    expect(notes).toEqual([{ key: 'jmx', message: expect.stringContaining('Prometheus') }]);
    expect(warnings).toEqual([
      { key: 'doris.ur1s', message: expect.stringContaining('Unknown'), hint: 'Did you mean doris.urls?' },
      { key: 'my.own.key', message: expect.stringContaining('Unknown') },
    ]);
  });

  test('as submitted, whatever comes from elsewhere is taken on trust', () => {
    const elsewhere = `\${file:/etc/doris.properties:x}`;
    const { 'doris.database': _database, ...rest } = base;
    const keys = [
      'doris.urls',
      'doris.http.port',
      'doris.topic2table.map',
      'load.model',
      'sink.properties.group_commit',
    ];
    const raw = { ...rest, ...Object.fromEntries(keys.map((key) => [key, elsewhere])) };
    expect(dorisSinkDefinition.check(raw).problems).toEqual([]);
  });

  test('the password never shows', () => {
    const parsed = config({ 'doris.password': 'geheim' });
    expect(parsed.password.reveal()).toBe('geheim');
    expect(`${JSON.stringify(parsed)} ${parsed.password}`).not.toContain('geheim');
    expect(JSON.stringify(dorisSinkDefinition.validate({ ...base, 'doris.password': 'geheim' }, 'x'))).not.toContain(
      'geheim',
    );
  });
});

test('no configuration makes the parser throw', () => {
  const key = fc.oneof(fc.constantFrom(...Object.keys(dorisSinkDefinition.parts.fields)), fc.string());
  const value = fc.oneof(fc.string(), fc.constantFrom('', '0', '-1', 'true', 'a:b', `\${env:X}`, 'gz', 'csv'));
  fc.assert(
    fc.property(fc.dictionary(key, value), (raw) => {
      const submitted: Record<string, string> = { ...base, ...raw };
      const { values, problems: found } = dorisSinkDefinition.parse(submitted);
      expect(values === undefined).toBe(found.length > 0);
      if (values !== undefined) parseDorisSinkConfig(submitted);
      expect(dorisSinkDefinition.validate(raw, 'x').error_count).toBeGreaterThanOrEqual(0);
      dorisSinkDefinition.masked(raw);
    }),
    { numRuns: 500 },
  );
});
