import { join } from 'node:path';
import { readWorkerFile } from '../../../connect/config/files.js';
import { kafkaClientProperties } from '../../../connect/config/kafka-clients.js';
import { parseProperties } from '../../../connect/config/properties.js';
import { withWorkerDefaults } from '../../../connect/config/sink-connector.js';
import { parseWorkerConfig, workerDefinition } from '../../../connect/config/worker.js';
import { worker as documented } from '../../connectors/doris/examples.js';

describe('a worker file of Kafka Connect', () => {
  test('the documented one is accepted, and what has no effect is explained', () => {
    const raw = parseProperties(documented);
    const { problems, warnings, notes } = workerDefinition.parse(raw);
    expect([problems, warnings]).toEqual([[], []]);
    expect(notes.map(({ key }) => key)).toEqual(['group.id', 'plugin.path', 'max.poll.interval.ms']);
    expect(workerDefinition.masked(raw)['consumer.ssl.truststore.password']).toBe('[hidden]');
  });

  test('the keys that come with Kafka are known', () => {
    const shipped = parseProperties(`
      bootstrap.servers=localhost:9092
      group.id=connect-cluster
      key.converter=org.apache.kafka.connect.json.JsonConverter
      value.converter=org.apache.kafka.connect.json.JsonConverter
      key.converter.schemas.enable=true
      value.converter.schemas.enable=true
      offset.storage.topic=connect-offsets
      offset.storage.replication.factor=1
      offset.storage.file.filename=/tmp/connect.offsets
      config.storage.topic=connect-configs
      status.storage.topic=connect-status
      offset.flush.interval.ms=10000
      listeners=HTTP://:8083
      rest.advertised.host.name=h
      plugin.path=/usr/share/java`);
    expect(workerDefinition.parse(shipped)).toMatchObject({ problems: [], warnings: [] });
  });

  test('defaults', () => {
    expect(parseWorkerConfig({}).values).toMatchObject({
      'bootstrap.servers': 'localhost:9092',
      'temporal.address': 'localhost:7233',
      'temporal.namespace': 'default',
      'temporal.task.queue': 'sluice',
      'memory.budget.bytes': 536_870_912,
      'log.level': 'info',
    });
  });

  test('the example is valid', async () => {
    const raw = await readWorkerFile(join('examples', 'doris-json', 'worker.properties'));
    expect(workerDefinition.parse(raw)).toMatchObject({ problems: [], warnings: [] });
  });

  test('problems', () => {
    expect(() => parseWorkerConfig({ 'metrics.port': '70000', 'security.protocol': 'TLS' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('2 error(s)') }),
    );
  });
});

test('a Kafka client takes its settings from the worker and the connector, the nearer ones winning', () => {
  const worker = {
    'bootstrap.servers': 'general:9092',
    'security.protocol': 'SSL',
    'ssl.truststore.location': 'general',
    'temporal.address': 'no client setting',
    'consumer.ssl.truststore.location': 'worker',
    'consumer.fetch.max.bytes': '1',
    'producer.acks': 'all',
  };
  const connector = {
    'consumer.fetch.max.bytes': '2',
    'consumer.override.fetch.max.bytes': '3',
    'admin.override.bootstrap.servers': 'admin:9092',
  };
  expect(kafkaClientProperties('consumer', worker, connector)).toEqual({
    'bootstrap.servers': 'general:9092',
    'security.protocol': 'SSL',
    'ssl.truststore.location': 'worker',
    'fetch.max.bytes': '3',
  });
  expect(kafkaClientProperties('producer', worker)).toMatchObject({
    acks: 'all',
    'ssl.truststore.location': 'general',
  });
  expect(kafkaClientProperties('admin', worker, connector)).toMatchObject({ 'bootstrap.servers': 'admin:9092' });
});

describe('what a connector inherits from its worker', () => {
  const json = 'org.apache.kafka.connect.json.JsonConverter';
  const string = 'org.apache.kafka.connect.storage.StringConverter';
  const worker = { 'value.converter': json, 'value.converter.schemas.enable': 'false' };

  test('the converter with its settings, when it has none', () => {
    expect(withWorkerDefaults({ name: 'c' }, worker)).toEqual({ name: 'c', ...worker });
  });

  test('the settings, when it has the same converter: the documented way to read plain JSON', () => {
    const connector = { 'Value.Converter': 'JsonConverter' };
    expect(withWorkerDefaults(connector, worker)).toEqual({
      'value.converter': 'JsonConverter',
      'value.converter.schemas.enable': 'false',
    });
    const explicit = { 'value.converter': json, 'value.converter.schemas.enable': 'true' };
    expect(withWorkerDefaults(explicit, worker)).toEqual(explicit);
  });

  test('nothing of another converter', () => {
    expect(withWorkerDefaults({ 'value.converter': string }, worker)).toEqual({ 'value.converter': string });
  });

  test('client settings, unless it says where to begin itself', () => {
    const consumer = { 'consumer.auto.offset.reset': 'latest', 'consumer.fetch.max.bytes': '1' };
    expect(withWorkerDefaults({ name: 'c' }, consumer)).toEqual({ name: 'c', ...consumer });
    expect(withWorkerDefaults({ 'auto.offset.reset': 'earliest' }, consumer)).toEqual({
      'auto.offset.reset': 'earliest',
      'consumer.fetch.max.bytes': '1',
    });
  });
});
