/**
 * How fast the range reader is: reads a topic of JSON rows and copies the values out, as a sink does.
 *
 * Usage: tsx bench/reader.ts <host:port> [rows] [rounds]
 */
import { randomUUID } from 'node:crypto';
import { KafkaAdmin } from '../kafka/admin.js';
import { KafkaCluster } from '../kafka/cluster.js';
import { KafkaProducer } from '../kafka/producer.js';
import { type OffsetRange, readRanges } from '../kafka/range-reader.js';
import { type KafkaSettings, kafkaSettings } from '../kafka/settings.js';

const PARTITIONS = 4;
const ROW_BYTES = 200;
const ROWS_PER_SEND = 500;
const NEWLINE = 10;

async function main(): Promise<void> {
  const [address = '127.0.0.1:9092', rowsText = '1000000', roundsText = '5'] = process.argv.slice(2);
  const rows = Number(rowsText);
  const settings = kafkaSettings({ 'bootstrap.servers': address });
  const admin = new KafkaAdmin(settings);
  const cluster = new KafkaCluster(settings);
  const topic = `bench-reader-${randomUUID()}`;
  try {
    await admin.createTopics([{ topic, partitions: PARTITIONS }]);
    await fill(settings, topic, rows);
    const ranges = await wholeTopic(cluster, topic);
    for (let round = 1; round <= Number(roundsText); round++) await measure(cluster, ranges, round);
  } finally {
    await admin.deleteTopics([topic]).catch(() => {});
    await Promise.all([admin.close(), cluster.close()]);
  }
}

async function fill(settings: KafkaSettings, topic: string, rows: number): Promise<void> {
  const producer = new KafkaProducer(settings);
  try {
    for (let sent = 0; sent < rows; sent += ROWS_PER_SEND) {
      const records = Array.from({ length: Math.min(ROWS_PER_SEND, rows - sent) }, (_, index) => ({
        key: null,
        value: row(sent + index),
        partition: (sent / ROWS_PER_SEND) % PARTITIONS,
      }));
      await producer.send(topic, records);
    }
  } finally {
    await producer.close();
  }
}

function row(id: number): Buffer {
  const fields = { id, name: `name ${id % 9973}`, amount: id * 0.01, at: '2025-01-01T00:00:00Z', note: '' };
  const padding = ROW_BYTES - JSON.stringify(fields).length;
  return Buffer.from(JSON.stringify({ ...fields, note: 'x'.repeat(Math.max(0, padding)) }));
}

async function wholeTopic(cluster: KafkaCluster, topic: string): Promise<OffsetRange[]> {
  const [info] = await cluster.topics({ names: [topic] });
  const partitions = (info?.partitions ?? []).map(({ partition }) => ({ topic, partition }));
  const ends = await cluster.endOffsets(partitions);
  return ends.map(({ partition, offset }) => ({ topic, partition, start: 0n, end: offset }));
}

async function measure(cluster: KafkaCluster, ranges: OffsetRange[], round: number): Promise<void> {
  const body = Buffer.allocUnsafe(64 << 20);
  let at = 0;
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  const summaries = await readRanges(cluster, ranges, (_range, record) => {
    const { buffer, valueStart, valueEnd } = record;
    if (at + valueEnd - valueStart >= body.length) at = 0;
    at += buffer.copy(body, at, valueStart, valueEnd);
    body[at++] = NEWLINE;
  });
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rows = summaries.reduce((sum, { records }) => sum + records, 0);
  const megabytes = summaries.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const rates = `${Math.round(rows / seconds).toLocaleString('en')} rows/s, ${Math.round(megabytes / seconds)} MB/s`;
  const memory = `${Math.round(process.memoryUsage.rss() / 1e6)} MB RSS`;
  console.log(
    `round ${round}: ${rows} rows in ${seconds.toFixed(2)} s, ${rates}, ${((user + system) / 1e6).toFixed(2)} s CPU, ${memory}`,
  );
}

await main();
