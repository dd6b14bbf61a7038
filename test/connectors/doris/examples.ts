/** The connector configurations of the connector's documentation, 1.0 and 24.0, key by key and value by value. */

const CLASS = 'org.apache.doris.kafka.connector.DorisSinkConnector';
const STRING = 'org.apache.kafka.connect.storage.StringConverter';
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const AVRO = 'io.confluent.connect.avro.AvroConverter';
const PROTOBUF = 'io.confluent.connect.protobuf.ProtobufConverter';

/** doris-connector-sink.properties of both documents. */
export const standalone = `name=test-doris-sink
connector.class=${CLASS}
topics=topic_test
doris.topic2table.map=topic_test:test_kafka_tbl
buffer.count.records=10000
buffer.flush.time=120
buffer.size.bytes=5000000
doris.urls=10.10.10.1
doris.http.port=8030
doris.query.port=9030
doris.user=root
doris.password=
doris.database=test_db
key.converter=${STRING}
value.converter=${JSON_CONVERTER}
`;

/** The lines that 1.0 has in addition. */
export const standaloneSchemaless = `${standalone}key.converter.schemas.enable=false
value.converter.schemas.enable=false
`;

/** The body that 1.0 posts, with its comma before the closing brace. */
export const distributedWithTrailingComma = `{
  "name":"test-doris-sink-cluster",
  "config":{
    "connector.class":"${CLASS}",
    "topics":"topic_test",
    "doris.topic2table.map": "topic_test:test_kafka_tbl",
    "buffer.count.records":"10000",
    "buffer.flush.time":"120",
    "buffer.size.bytes":"5000000",
    "doris.urls":"10.10.10.1",
    "doris.user":"root",
    "doris.password":"",
    "doris.http.port":"8030",
    "doris.query.port":"9030",
    "doris.database":"test_db",
    "key.converter":"${STRING}",
    "value.converter":"${JSON_CONVERTER}",
    "key.converter.schemas.enable":"false",
    "value.converter.schemas.enable":"false",
  }
}`;

const walkThrough = {
  'connector.class': CLASS,
  'tasks.max': '10',
  'buffer.count.records': '10000',
  'buffer.flush.time': '120',
  'buffer.size.bytes': '5000000',
  'doris.urls': '10.10.10.1',
  'doris.user': 'root',
  'doris.password': '',
  'doris.http.port': '8030',
  'doris.query.port': '9030',
  'doris.database': 'test_db',
};

export const plainJson = {
  ...walkThrough,
  name: 'test-doris-sink-cluster',
  topics: 'test-data-topic',
  'doris.topic2table.map': 'test-data-topic:test_kafka_connector_tbl',
  'key.converter': STRING,
  'value.converter': STRING,
};

export const debezium = {
  ...walkThrough,
  name: 'test-debezium-doris-sink',
  topics: 'mysql_debezium.test.test_user',
  'doris.topic2table.map': 'mysql_debezium.test.test_user:test_user',
  'converter.mode': 'debezium_ingestion',
  'enable.delete': 'true',
  'key.converter': JSON_CONVERTER,
  'value.converter': JSON_CONVERTER,
};

const registry = {
  ...walkThrough,
  'buffer.count.records': '100000',
  'buffer.size.bytes': '10000000',
  'doris.urls': '127.0.0.1',
  'doris.database': 'test',
  'load.model': 'stream_load',
  'key.converter.schema.registry.url': 'http://127.0.0.1:8081',
  'value.converter.schema.registry.url': 'http://127.0.0.1:8081',
};

export const avro = {
  ...registry,
  name: 'doris-avro-test',
  topics: 'avro_topic',
  'doris.topic2table.map': 'avro_topic:avro_tab',
  'key.converter': AVRO,
  'value.converter': AVRO,
};

export const protobuf = {
  ...registry,
  name: 'doris-protobuf-test',
  topics: 'proto_topic',
  'doris.topic2table.map': 'proto_topic:proto_tab',
  'key.converter': PROTOBUF,
  'value.converter': PROTOBUF,
};

/** The keys for dead letters that both documents show. */
export const deadLetterQueue = {
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': 'test_error_topic',
  'errors.deadletterqueue.context.headers.enable': 'true',
  'errors.deadletterqueue.topic.replication.factor': '1',
};

/** connect-distributed.properties of 24.0, with the keys for brokers that speak TLS. */
export const worker = `# the address of the broker
bootstrap.servers=127.0.0.1:9092

# must be the same in the whole cluster
group.id=connect-cluster

plugin.path=$KAFKA_HOME/plugins
max.poll.interval.ms=1800000
consumer.max.poll.interval.ms=1800000

# Connect worker
security.protocol=SSL
ssl.truststore.location=/var/ssl/private/client.truststore.jks
ssl.truststore.password=test1234

# Embedded consumer for sink connectors
consumer.security.protocol=SSL
consumer.ssl.truststore.location=/var/ssl/private/client.truststore.jks
consumer.ssl.truststore.password=test1234
`;
