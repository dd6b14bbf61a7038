/**
 * The whole record path, from damaged bytes to rows, for every converter, change events and transforms: rows that are
 * what they should be, a typed error, or one of the two signals. Never anything else, nor half a record, nor for long.
 */
import fc from 'fast-check';
import { SluiceError } from '../../connect/errors.js';
import { NotReady, SchemaChangeNeeded } from '../../connect/pipeline/index.js';
import { RegistryDouble } from '../../sandbox/registry/index.js';
import { damaged, damages, FUZZ_TIMEOUT_MS, HOSTILE_TEXTS, runs } from './support/fuzz.js';
import { captured, type GenuineRecord, registered, withPipeline } from './support/pipelines.js';

/** On a busy machine too; a record of some kilobytes takes microseconds. */
const MAX_RECORD_MS = 3_000;
/** Escapes take six bytes for one; columns that a value leaves out are written with their names. */
const MAX_GROWTH = 40;
const MAX_ADDED_BYTES = 64 << 10;

const EXPECTED: readonly string[] = ['RECORD_INVALID', 'RECORD_NULL'];
const TELLING = [
  ...['"', '\\', '{', '}', '[', ']', ',', ':', '\n', 'null', '-', '1e400', '9223372036854775808', '\\ud800'],
  ...['"schema":', '"payload":', '"before":', '"after":null', '"op":"t"', '"op":"d"', '"optional":true,'],
  ...HOSTILE_TEXTS,
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08]),
  Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]),
];

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const KAFKA = 'org.apache.kafka.connect.transforms';
const json = (schemasEnable: boolean) => ({
  'value.converter': JSON_CONVERTER,
  'value.converter.schemas.enable': String(schemasEnable),
  'key.converter': JSON_CONVERTER,
  'key.converter.schemas.enable': String(schemasEnable),
});
const debezium = {
  'converter.mode': 'debezium_ingestion',
  'enable.delete': 'true',
  'behavior.on.null.values': 'delete',
};
const unwrap = {
  transforms: 'unwrap',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
};
const chain = {
  transforms: 'flatten,rename,insert,route',
  'transforms.flatten.type': `${KAFKA}.Flatten$Value`,
  'transforms.rename.type': `${KAFKA}.ReplaceField$Value`,
  'transforms.rename.renames': 'id:number',
  'transforms.insert.type': `${KAFKA}.InsertField$Value`,
  'transforms.insert.offset.field': 'at',
  'transforms.insert.timestamp.field': 'when',
  'transforms.route.type': `${KAFKA}.RegexRouter`,
  'transforms.route.regex': 't',
  'transforms.route.replacement': 'routed',
};
const metadata = { 'metadata.columns': 'topic:a,partition:b,offset:c,timestamp:d,key:e' };

const schema = {
  type: 'struct',
  fields: [
    { field: 'id', type: 'int64', optional: false },
    { field: 'price', type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '2' } },
    { field: 'day', type: 'int32', name: 'org.apache.kafka.connect.data.Date', optional: true },
    { field: 'tags', type: 'array', items: { type: 'string' }, optional: true },
    { field: 'inner', type: 'struct', fields: [{ field: 'ok', type: 'boolean' }], optional: true },
  ],
};
const payload = { id: 7, price: 'AfQ=', day: 19_000, tags: ['a', 'ü'], inner: { ok: true } };
const key = Buffer.from('{"schema":{"type":"struct","fields":[{"field":"id","type":"int64"}]},"payload":{"id":7}}');
const withSchema: GenuineRecord[] = [{ key, value: Buffer.from(JSON.stringify({ schema, payload })) }];
const plain: GenuineRecord[] = [{ key: Buffer.from('{"id":7}'), value: Buffer.from(JSON.stringify(payload)) }];

let registry: RegistryDouble;
beforeAll(async () => {
  registry = await RegistryDouble.start();
});
afterAll(() => registry.close());

const byRegistry = (name: string) => ({
  'value.converter': `io.confluent.connect.${name}`,
  'value.converter.schema.registry.url': registry.url,
  'value.converter.max.retries': '0',
});

/** Values that are rows as they stand are looked into when the database refuses them, not before. */
const AS_THEY_STAND: readonly string[] = ['JSON', 'JSON with metadata columns', 'JSON into named tables'];

type Case = readonly [string, () => Readonly<Record<string, string>>, () => readonly GenuineRecord[]];
const CASES: readonly Case[] = [
  ['JSON', () => json(false), () => plain],
  ['JSON with metadata columns', () => ({ ...json(false), ...metadata }), () => plain],
  ['JSON into named tables', () => ({ ...json(false), 'record.tablename.field': 'inner' }), () => plain],
  ['JSON with schema', () => json(true), () => withSchema],
  ['JSON with schema, transforms', () => ({ ...json(true), ...chain }), () => withSchema],
  ['JSON without schema, transforms', () => ({ ...json(false), ...chain }), () => plain],
  ['Avro', () => byRegistry('avro.AvroConverter'), () => registered(registry, 'AVRO')],
  [
    'Avro, transforms',
    () => ({ ...byRegistry('avro.AvroConverter'), ...chain }),
    () => registered(registry, 'AVRO').slice(0, 1),
  ],
  ['Protobuf', () => byRegistry('protobuf.ProtobufConverter'), () => registered(registry, 'PROTOBUF')],
  ['JSON Schema', () => byRegistry('json.JsonSchemaConverter'), () => registered(registry, 'JSON')],
  ['Debezium, PostgreSQL', () => ({ ...json(true), ...debezium }), () => captured('pg-adaptive')],
  ['Debezium, MariaDB', () => ({ ...json(true), ...debezium }), () => captured('my-micro')],
  ['Debezium without schema', () => ({ ...json(false), ...debezium }), () => captured('pg-plain')],
  ['Debezium, unwrapped here', () => ({ ...json(true), ...debezium, ...unwrap }), () => captured('pg-adaptive')],
];

test.each(CASES)(
  '%s: rows, a typed error or a signal',
  async (name, config, records) => {
    const genuine = records();
    expect(genuine.length).toBeGreaterThan(0);
    await withPipeline(config(), genuine, (pipeline) => {
      const record = fc.constantFrom(...genuine);
      fc.assert(
        fc.property(record, damages(TELLING), fc.option(damages(TELLING), { freq: 5 }), (from, damage, ofKey) => {
          const isKeyDamaged = from.key !== null && ofKey !== null;
          const hurt: GenuineRecord = {
            key: isKeyDamaged ? damaged(from.key, ofKey) : from.key,
            // One in six leaves the value alone, so that a damaged key comes to be read.
            value: isKeyDamaged && damage.length === 1 ? from.value : damaged(from.value, damage),
          };
          const startedMs = performance.now();
          const { thrown, rows, lines, sizeBytes } = pipeline.write(hurt);
          expect(performance.now() - startedMs).toBeLessThan(MAX_RECORD_MS);
          expect(sizeBytes).toBeLessThan(MAX_ADDED_BYTES + MAX_GROWTH * hurt.value.length);
          if (thrown === undefined) {
            expect(lines).toHaveLength(rows);
            if (AS_THEY_STAND.includes(name)) return;
            for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
            return;
          }
          expect(rows).toBe(0);
          if (thrown instanceof NotReady || thrown instanceof SchemaChangeNeeded) return;
          if (!(thrown instanceof SluiceError)) throw thrown;
          expect(EXPECTED).toContain(thrown.code);
          expect(thrown.context.stage).toBeDefined();
        }),
        runs(400),
      );
    });
  },
  FUZZ_TIMEOUT_MS,
);
