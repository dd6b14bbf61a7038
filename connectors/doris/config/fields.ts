/** The configuration keys of the Doris sink: those of the Java connector, and what became of each. */
import { boolean, double, family, int, list, long, oneOf, secret, string } from '../../../connect/config/field.js';
import { sinkConnectorFields } from '../../../connect/config/sink-connector.js';
import { DECIMAL_HANDLING_MODES, TIME_PRECISION_MODES } from '../schema/index.js';
import { parseAddressMapping, parseFrontend } from './frontends.js';
import { isText } from './headers.js';
import { parseColumn, parseRename, SCHEMA_EVOLUTION } from './schema-settings.js';
import { TLS_PROTOCOLS } from './tls.js';

const CONNECTION = 'Connection to Doris';
const BATCHES = 'Batches';
const DELIVERY = 'Delivery';
const LOADING = 'Loading';
const CHANGES = 'Changes and routing';
const TABLES = 'Changes of tables';
const NOT_IN_USE = 'Not in use';

/** The reasons why texts are not what `parse` reads. */
const reasonsOf = (texts: readonly string[], parse: (text: string) => unknown): string | undefined => {
  const reasons = texts.map(parse).filter((outcome) => typeof outcome === 'string');
  return reasons.length > 0 ? reasons.join('; ') : undefined;
};
const illegal = (key: string) => (value: string) => `The value of ${value} is an illegal parameter of ${key}.`;
const port = () => int({ min: 1, max: 65535 });

export const dorisSinkFields = {
  ...sinkConnectorFields,
  name: sinkConnectorFields.name
    .check((name) => (/^[a-zA-Z0-9_-]+$/.test(name) ? undefined : 'Not an identifier'))
    .wording(
      () => 'name is empty or invalid. It should match doris object identifier syntax. Please see the documentation.',
    )
    .accepts('letters, digits, `_` and `-`')
    .hint('Use letters, digits, _ and - only.'),
  'doris.urls': list()
    .required()
    .doc(
      'The front ends of Doris, comma-separated: `10.10.10.1,10.10.10.2`. A port may follow each (`10.10.10.1:8030`) and takes precedence over `doris.http.port`.',
    )
    .importance('HIGH')
    .alias('doris.fenodes')
    .hint('Name the front ends of Doris: 10.10.10.1,10.10.10.2.')
    .group(CONNECTION)
    .check((urls) => (urls.length === 0 ? 'doris.urls cannot be empty' : reasonsOf(urls, parseFrontend))),
  'doris.http.port': port()
    .required()
    .doc('The HTTP port of the front ends, usually 8030.')
    .hint('Give the http_port of fe.conf, usually 8030.')
    .importance('HIGH')
    .group(CONNECTION),
  'doris.query.port': port()
    .required()
    .doc('The MySQL port of the front ends, usually 9030.')
    .hint('Give the query_port of fe.conf, usually 9030.')
    .importance('HIGH')
    .group(CONNECTION),
  'doris.user': string()
    .required()
    .doc('The user to load as.')
    .hint('Give a user of Doris that has LOAD_PRIV on the tables.')
    .importance('HIGH')
    .group(CONNECTION)
    .check((user) => (user.includes(':') ? 'A user name with a colon cannot sign in over HTTP' : undefined)),
  'doris.password': secret().default('').doc("The user's password; may be empty.").importance('HIGH').group(CONNECTION),
  'doris.database': string()
    .doc('The database to load into. May be absent when `doris.topic2table.map` names one for every topic.')
    .importance('HIGH')
    .group(CONNECTION)
    .check((name) => (/^\.{0,2}$|[/\p{Cc}]/u.test(name) || !isText(name) ? 'Not the name of a database' : undefined)),
  'doris.topic2table.map': string()
    .doc(
      'Which table a topic is loaded into: `topic1:table1,topic2:table2`, or with databases `topic1:db1.table1`. A topic that is not named goes to the table of its own name.',
    )
    .importance('HIGH')
    .width('LONG')
    .accepts('`topic:table` or `topic:database.table`, comma-separated')
    .group(CONNECTION),
  'doris.topic2table.regex': string()
    .doc(
      'Which table topics are loaded into by their names: `shop_(.*):ods_$1`, or with databases `(.*)[.](.*):$1.$2`; several, separated by commas. A pattern has to match the whole name of a topic; `$1` to `$9` stand for its groups. The first pattern that matches counts; a topic that `doris.topic2table.map` names goes where that says.',
    )
    .accepts('`pattern:table` or `pattern:database.table`, comma-separated')
    .since('0.1.0')
    .width('LONG')
    .group(CONNECTION),
  'request.connect.timeout.ms': int({ min: 1 })
    .default('30000')
    .doc('How long to wait for a connection to Doris, in milliseconds.')
    .importance('LOW')
    .group(CONNECTION),
  'request.read.timeout.ms': int({ min: 1 })
    .default('600000')
    .doc(
      "How long to wait for the answer to a load, in milliseconds; other requests wait for at most a minute, and never longer than this. The default is Doris' own limit for a load; the Java connector's 30 seconds only ever held for small requests.",
    )
    .importance('LOW')
    .group(CONNECTION),
  'doris.enable.tls': boolean()
    .default('false')
    .doc(
      'TLS to Doris: HTTPS to front ends and back ends, and TLS to the MySQL port. `doris.http.port` is then the HTTPS port of the front ends. A redirect from HTTPS to plain HTTP is refused.',
    )
    .dependents('doris.tls.ca-certificate-path', 'doris.tls.skip-hostname-verification', 'doris.tls.excluded-protocols')
    .group(CONNECTION),
  'doris.tls.ca-certificate-path': string()
    .doc(
      'A PEM file with the certificates of the authorities that sign those of Doris; every worker has to have it. Without it the authorities that Node.js knows are trusted.',
    )
    .group(CONNECTION),
  'doris.tls.skip-hostname-verification': boolean()
    .default('false')
    .doc('Whether the certificate of a node may be for another host. Its signature is verified in any case.')
    .importance('LOW')
    .group(CONNECTION),
  'doris.tls.excluded-protocols': list()
    .default('')
    .doc('Protocols that stay without TLS although `doris.enable.tls` is true.')
    .accepts('`http`, `mysql`, or both')
    .importance('LOW')
    .group(CONNECTION)
    .check((names) => {
      const known: readonly string[] = TLS_PROTOCOLS;
      const unknown = names.filter((name) => !known.includes(name.toLowerCase()));
      return unknown.length > 0 ? `Elements must be one of: ${known.join(', ')}` : undefined;
    }),
  'buffer.count.records': long({ min: 1 })
    .default('10000')
    .doc(
      "A batch is due when this many records are waiting in a task's partitions. When more are waiting, the batch grows up to `batch.max.records` and `batch.max.bytes`: fewer loads, fewer table versions. Set those to the same values for the Java connector's exact behaviour. The default is the documented one; Java releases since 25 have 50000, to make up for batches that cannot grow.",
    )
    .hint('buffer.count.records cannot be empty or not a number.')
    .importance('HIGH')
    .group(BATCHES),
  'buffer.size.bytes': long({ min: 1 })
    .default('5000000')
    .doc(
      'A batch is due when about this many bytes are waiting. The default is the documented one; Java releases since 25 have 104857600.',
    )
    .hint('buffer.size.bytes cannot be empty or not a number or less than 1.')
    .importance('HIGH')
    .group(BATCHES),
  'buffer.flush.time': double({ min: 0.001, max: 86_400 })
    .default('120')
    .doc('A batch is due this long after its first record, in seconds; fractions are allowed.')
    .hint('buffer.flush.time cannot be empty or not a number or less than 1.')
    .accepts('more than 0, up to 86400')
    .importance('HIGH')
    .group(BATCHES),
  'delivery.guarantee': oneOf('at_least_once', 'exactly_once')
    .default('at_least_once')
    .doc(
      'The least that is promised. Delivery is exactly-once with either value, unless a setting takes that away: group commit, or `enable.2pc=false` beyond the time Doris keeps labels. The status of the connector says which guarantee applies.',
    )
    .wording(illegal('delivery.guarantee'))
    .importance('HIGH')
    .group(DELIVERY),
  'enable.2pc': boolean()
    .default('true')
    .doc(
      'Whether loads are committed in two phases. Without them the fixed label of a batch still keeps it from being loaded twice, for as long as Doris remembers the label. Group commit turns them off.',
    )
    .importance('HIGH')
    .group(DELIVERY),
  'label.prefix': string()
    .doc('How the labels of loads begin. Characters other than letters, digits, `_` and `-` are replaced by `_`.')
    .otherwise('the name of the connector')
    .group(DELIVERY),
  'load.model': oneOf('stream_load', 'copy_into')
    .default('stream_load')
    .doc(
      'How data is loaded: by Stream Load, or through object storage, where Doris has a stage for each user (`copy_into`, in storage-compute separated clusters): each batch is put there as a file of JSON lines and taken into its table by COPY INTO, once. With it the headers in `sink.properties.*` have no effect, and `doris.query.port` has to be reachable.',
    )
    .wording(illegal('load.model'))
    .group(LOADING),
  'auto.redirect': boolean()
    .default('true')
    .doc(
      'Whether loads are sent to a front end, which redirects them to a back end. Otherwise they go straight to the back ends that the front end lists.',
    )
    .wording((value) => `autoDirect non-boolean type, ${value}`)
    .hint('Set auto.redirect to true or false.')
    .group(LOADING),
  'doris.redirect.allowed.hosts': list()
    .default('')
    .doc(
      'Hosts that a redirect of Doris may lead to with the password, besides the front ends in `doris.urls` and the back ends that a front end lists: `host` for all of its ports, or `host:port`. Name here the addresses under which back ends are reached from outside, and the front ends that are not in `doris.urls` (a follower redirects questions to the master). The password is sent to no other host.',
    )
    .accepts('`host` or `host:port`, comma-separated')
    .since('0.1.0')
    .importance('LOW')
    .group(LOADING)
    .check((hosts) => reasonsOf(hosts, parseFrontend)),
  'doris.backend.address.map': list()
    .default('')
    .doc(
      'Under which addresses back ends are reached from here, where those that Doris tells (in redirects, in its list of back ends, in the addresses of error logs) are not: `10.0.0.5:8040=be1.example.org:18040`, or `10.0.0.5=be1.example.org` for all ports. What is named here is trusted with the password.',
    )
    .accepts('`internal=external`, each `host` or `host:port`, comma-separated')
    .since('0.1.0')
    .importance('LOW')
    .group(LOADING)
    .check((pairs) => reasonsOf(pairs, parseAddressMapping)),
  'sink.properties.*': family()
    .doc(
      'Headers of Stream Load, sent as they are: `sink.properties.column_separator=,`. `format=json` and `read_json_by_line=true` are the defaults; an empty value takes a header away. With `format=csv`, values of a StringConverter are loaded as lines; of others lines are made from the fields that `columns` names, with `column_separator`, `line_delimiter`, `enclose` and `escape`. `group_commit`, `partial_columns`, `unique_key_update_mode` and `format` are understood; `label`, `two_phase_commit` and other headers of the protocol cannot be set. `compress_type` is `gz` where Doris is known to read that (3.0.5 and later for JSON; it is asked for its version once over the MySQL port), else nothing is compressed; `none`, or an empty value, sends loads as they are, which is faster within a data centre.',
    )
    .lowerCaseNames()
    .width('LONG')
    .group(LOADING),
  'enable.delete': boolean()
    .default('false')
    .doc(
      'Whether deletes are loaded as such: rows whose `__DORIS_DELETE_SIGN__` is 1 delete the row of the same key. Needs a table with a unique key.',
    )
    .group(CHANGES),
  'enable.truncate': boolean()
    .default('true')
    .doc(
      'Whether the table is emptied when change events say that the table of the source was (`skipped.operations` of Debezium lets them through only where it does not name `t`). It happens in order: rows of earlier events are in the table before, those of later events after. Only with `converter.mode=debezium_ingestion`.',
    )
    .since('0.1.0')
    .group(CHANGES),
  'debezium.unavailable.value.placeholder': string()
    .default('__debezium_unavailable_value')
    .doc(
      '`unavailable.value.placeholder` of the source connector: what stands in an event of PostgreSQL for a large value that an update left as it was.',
    )
    .importance('LOW')
    .since('0.1.0')
    .group(CHANGES),
  'debezium.time.precision.mode': oneOf(...TIME_PRECISION_MODES)
    .default('adaptive')
    .doc(
      '`time.precision.mode` of the source connector, for events without a schema: what their numbers are that go to columns of dates and times. `adaptive` and `adaptive_time_microseconds` need columns of the precision of the source.',
    )
    .since('0.1.0')
    .group(CHANGES),
  'debezium.decimal.handling.mode': oneOf(...DECIMAL_HANDLING_MODES)
    .default('precise')
    .doc(
      '`decimal.handling.mode` of the source connector, for events without a schema: whether values for columns of decimals are bytes, whose scale is then that of the column, or numbers that can be read as they are.',
    )
    .since('0.1.0')
    .group(CHANGES),
  'debezium.dates.out.of.range': oneOf('fail', 'clamp')
    .default('fail')
    .doc(
      'What becomes of dates in change events that Doris cannot hold, such as `infinity`: a bad record, or the first and the last date that it holds.',
    )
    .importance('LOW')
    .since('0.1.0')
    .group(CHANGES),
  'converter.mode': oneOf('normal', 'debezium_ingestion')
    .default('normal')
    .doc(
      'What the values are: plain rows, or change events of Debezium, which become the rows that they tell of: see [debezium.md](../debezium.md). Events may have a schema or none, may come through any converter that keeps fields, and may have been flattened by ExtractNewRecordState, at the source or by `transforms` here.',
    )
    .wording(illegal('converter.mode'))
    .dependents('debezium.schema.evolution', 'database.time_zone', 'enable.delete', 'enable.truncate')
    .group(CHANGES),
  'debezium.schema.evolution': oneOf(...SCHEMA_EVOLUTION)
    .default('none')
    .doc(
      'What is changed of a table for the sake of change events: the same as `schema.evolution`, which takes precedence, but only with `converter.mode=debezium_ingestion`.',
    )
    .wording(illegal('debezium.schema.evolution'))
    .group(TABLES),
  'schema.evolution': oneOf(...SCHEMA_EVOLUTION)
    .doc(
      'What is changed of a table when records with a schema (change events, Avro, Protobuf, JSON with a schema) do not fit it. `none`: nothing. `basic`: fields that are no columns are added as columns, all of them in one ALTER TABLE. `full`: columns are also given wider types where the values of a field may not fit, and are renamed and dropped where `schema.evolution.rename.columns` and `schema.evolution.drop.columns` allow that. Needs `doris.query.port` and the privilege ALTER_PRIV. See [Schema evolution](../schema-evolution.md).',
    )
    .otherwise('`debezium.schema.evolution` for change events, `none` for other records')
    .since('0.1.0')
    .group(TABLES),
  'schema.evolution.unknown.fields': oneOf('ignore', 'fail')
    .default('ignore')
    .doc(
      'What becomes of fields of records with a schema that are no columns of the table, where none are added: they are left out, as Doris does, or the record is an error.',
    )
    .since('0.1.0')
    .group(TABLES),
  'schema.evolution.rename.columns': list()
    .default('')
    .doc(
      'Columns that were renamed in the source, for `schema.evolution=full`: `old:new`, or for one table `table.old:new`. When records have the field `new` and no field `old`, and the table has the column `old` and not `new`, the column is renamed; otherwise `new` would be a column of its own.',
    )
    .accepts('`old:new` or `table.old:new`, comma-separated')
    .since('0.1.0')
    .importance('LOW')
    .group(TABLES)
    .check((renames) => reasonsOf(renames, parseRename)),
  'schema.evolution.drop.columns': list()
    .default('')
    .doc(
      'Columns that may be dropped, for `schema.evolution=full`: `column`, or of one table `table.column`. One is dropped, with all its values, when records come that have no such field any more. Other columns stay, whatever the records have; columns of the key stay in any case.',
    )
    .accepts('`column` or `table.column`, comma-separated')
    .since('0.1.0')
    .importance('LOW')
    .group(TABLES)
    .check((columns) => reasonsOf(columns, parseColumn)),
  'schema.evolution.timeout.ms': long({ min: 1000 })
    .default('600000')
    .doc(
      'How long one attempt waits for a change of a table, in milliseconds. Columns are added at once; a new type is a job of Doris that rewrites the table.',
    )
    .importance('LOW')
    .since('0.1.0')
    .group(TABLES),
  'auto.create': boolean()
    .default('false')
    .doc(
      "Whether a table that does not exist is created when its first record with a schema comes: with a unique key of the fields of the record's key, `BUCKETS AUTO`, and types that hold every value of the fields; without a key as a table that keeps all rows. Needs `doris.query.port` and the privilege CREATE_PRIV. See [Schema evolution](../schema-evolution.md).",
    )
    .dependents('auto.create.properties.*', 'auto.create.key.columns')
    .since('0.1.0')
    .group(TABLES),
  'auto.create.properties.*': family()
    .doc('Properties of tables that are created: `auto.create.properties.replication_num=1`.')
    .since('0.1.0')
    .importance('LOW')
    .group(TABLES),
  'auto.create.key.columns': list()
    .default('')
    .doc('The columns that are the unique key of tables that are created, in their order.')
    .otherwise("the fields of the record's key")
    .since('0.1.0')
    .importance('LOW')
    .group(TABLES),
  'database.time_zone': string()
    .default('UTC')
    .doc(
      'The time zone that points in time are written in: those with a zone in change events (`ZonedTimestamp`, `ZonedTime`), and the timestamp of `metadata.columns`.',
    )
    .hint('Give a name of the time zone database, such as Asia/Shanghai, or an offset such as +08:00.')
    .check((zone) => (isTimeZone(zone) ? undefined : 'Unknown time-zone ID'))
    .group(CHANGES),
  'record.tablename.field': string()
    .doc(
      'The field of a record that names its table: `table`, or `database.table`; of one within another by its path, `meta.table`. A record without it goes to the table of its topic. The field stays in the row; Doris passes over fields that are no columns.',
    )
    .group(CHANGES),
  jmx: boolean()
    .default('true')
    .noEffect('there is no Java here. The same figures are in the Prometheus metrics of the worker.')
    .importance('LOW')
    .group(NOT_IN_USE),
  'enable.combine.flush': boolean()
    .default('false')
    .noEffect('all partitions of a task are always combined in one load per table, exactly-once.')
    .importance('LOW')
    .group(NOT_IN_USE),
  task_id: string().noEffect('it is internal to the Java connector.').importance('LOW').group(NOT_IN_USE),
  'sink.s3.*': family()
    .noEffect(
      'rows go straight to Doris; there is no staging in object storage besides load.model=copy_into, which uses the stage of Doris itself.',
    )
    .importance('LOW')
    .group(NOT_IN_USE),
};

/** Accepts names of the time zone database and Java's offsets: `Asia/Shanghai`, `UTC`, `Z`, `+08:00`, `GMT+8`. */
function isTimeZone(zone: string): boolean {
  if (/^(Z|(UTC|GMT|UT)?[+-]\d{1,2}(:?\d{2}(:?\d{2})?)?)$/.test(zone)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
