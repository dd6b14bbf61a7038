/**
 * The Fetch request (API key 1), versions 12 to 17.
 *
 * Our own codec because the records must stay bytes: they are scanned in place (record-batch.ts). Field tables from
 * Apache Kafka, `clients/src/main/resources/common/message/Fetch{Request,Response}.json`.
 *
 * Differences between the versions: 13 names topics by id instead of by name; 15 drops replica_id; 14, 16 and 17 add
 * tagged fields and error codes only.
 */
import { type Connection, Writer } from '@platformatic/kafka';
import type { ResponseBuffers } from './response-buffers.js';
import { WireReader } from './wire.js';

export const FETCH_API_KEY = 1;
export const FETCH_VERSIONS = { min: 12, max: 17 } as const;
const TOPIC_IDS_SINCE = 13;
const REPLICA_ID_UNTIL = 14;

const CONSUMER_REPLICA_ID = -1;
const NO_SESSION = { id: 0, epoch: -1 } as const;
const UNKNOWN = -1;
/** The id of topics on clusters that have no topic ids. */
export const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000';

export const ISOLATION_LEVELS = { read_uncommitted: 0, read_committed: 1 } as const;
export type IsolationLevel = keyof typeof ISOLATION_LEVELS;

export interface FetchPartition {
  partition: number;
  leaderEpoch: number;
  offset: bigint;
  maxBytes: number;
}

export interface FetchTopic {
  topic: string;
  topicId: string;
  partitions: FetchPartition[];
}

export interface FetchRequest {
  /** How long the broker may wait for `minBytes`. */
  maxWaitMs: number;
  minBytes: number;
  maxBytes: number;
  isolationLevel: IsolationLevel;
  topics: FetchTopic[];
}

export interface AbortedTransaction {
  producerId: bigint;
  firstOffset: bigint;
}

export interface FetchedPartition {
  /** The topic's id from version 13 on, its name before. */
  topicKey: string;
  partition: number;
  errorCode: number;
  highWatermark: bigint;
  lastStableOffset: bigint;
  logStartOffset: bigint;
  abortedTransactions: AbortedTransaction[];
  /** Record batches one after another, the last possibly cut off. A view into the response. */
  records: Buffer;
}

export interface FetchResponse {
  errorCode: number;
  partitions: FetchedPartition[];
}

/** What a broker calls the topic in this version of the API. */
export function topicKey(version: number, topic: string, topicId: string): string {
  return version >= TOPIC_IDS_SINCE ? topicId : topic;
}

/*
  Fetch Request => [replica_id (12-14)] max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch
                   [topics] [forgotten_topics_data] rack_id TAG_BUFFER
    replica_id => INT32
    max_wait_ms => INT32
    min_bytes => INT32
    max_bytes => INT32
    isolation_level => INT8
    session_id => INT32
    session_epoch => INT32
    topics => topic (12) | topic_id (13+) [partitions] TAG_BUFFER
      topic => COMPACT_STRING
      topic_id => UUID
      partitions => partition current_leader_epoch fetch_offset last_fetched_epoch log_start_offset partition_max_bytes
                    TAG_BUFFER
        partition => INT32
        current_leader_epoch => INT32
        fetch_offset => INT64
        last_fetched_epoch => INT32
        log_start_offset => INT64
        partition_max_bytes => INT32
    forgotten_topics_data => (empty: no fetch session is used)
    rack_id => COMPACT_STRING
*/
export function encodeFetchRequest(version: number, request: FetchRequest): Writer {
  const writer = Writer.create();
  if (version <= REPLICA_ID_UNTIL) writer.appendInt32(CONSUMER_REPLICA_ID);
  return writer
    .appendInt32(request.maxWaitMs)
    .appendInt32(request.minBytes)
    .appendInt32(request.maxBytes)
    .appendInt8(ISOLATION_LEVELS[request.isolationLevel])
    .appendInt32(NO_SESSION.id)
    .appendInt32(NO_SESSION.epoch)
    .appendArray(request.topics, (topics, topic) => {
      if (version >= TOPIC_IDS_SINCE) topics.appendUUID(topic.topicId);
      else topics.appendString(topic.topic);
      topics.appendArray(topic.partitions, encodePartition);
    })
    .appendArray([], () => {})
    .appendString('')
    .appendTaggedFields();
}

function encodePartition(writer: Writer, partition: FetchPartition): void {
  writer
    .appendInt32(partition.partition)
    .appendInt32(partition.leaderEpoch)
    .appendInt64(partition.offset)
    .appendInt32(UNKNOWN)
    .appendInt64(BigInt(UNKNOWN))
    .appendInt32(partition.maxBytes);
}

/*
  Fetch Response => throttle_time_ms error_code session_id [responses] TAG_BUFFER
    throttle_time_ms => INT32
    error_code => INT16
    session_id => INT32
    responses => topic (12) | topic_id (13+) [partitions] TAG_BUFFER
      partitions => partition_index error_code high_watermark last_stable_offset log_start_offset
                    [aborted_transactions] preferred_read_replica records TAG_BUFFER
        partition_index => INT32
        error_code => INT16
        high_watermark => INT64
        last_stable_offset => INT64
        log_start_offset => INT64
        aborted_transactions => producer_id first_offset TAG_BUFFER
          producer_id => INT64
          first_offset => INT64
        preferred_read_replica => INT32
        records => COMPACT_RECORDS
*/
export function decodeFetchResponse(version: number, body: Buffer, start = 0): FetchResponse {
  const reader = new WireReader(body, start);
  reader.int32();
  const errorCode = reader.int16();
  reader.int32();
  const topics = reader.compactArray(() => {
    const key = version >= TOPIC_IDS_SINCE ? reader.uuid() : reader.compactString();
    const partitions = reader.compactArray(() => decodePartition(reader, key));
    reader.skipTaggedFields();
    return partitions;
  });
  reader.skipTaggedFields();
  return { errorCode, partitions: topics.flat() };
}

function decodePartition(reader: WireReader, key: string): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  const logStartOffset = reader.int64();
  const abortedTransactions = reader.compactArray(() => {
    const transaction = { producerId: reader.int64(), firstOffset: reader.int64() };
    reader.skipTaggedFields();
    return transaction;
  });
  reader.int32();
  const records = reader.compactBytes() ?? Buffer.alloc(0);
  reader.skipTaggedFields();
  return {
    topicKey: key,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions,
    records,
  };
}

/**
 * Sends one Fetch over a connection.
 *
 * @param buffers where the response's bytes go: its records are views into them.
 */
export function fetch(
  connection: Connection,
  version: number,
  request: FetchRequest,
  buffers: ResponseBuffers,
): Promise<FetchResponse> {
  return new Promise((resolve, reject) => {
    connection.send<FetchResponse>(
      FETCH_API_KEY,
      version,
      () => encodeFetchRequest(version, request),
      (_correlationId, _apiKey, _apiVersion, { buffer, position }) =>
        decodeFetchResponse(version, buffers.join(buffer.buffers, buffer.length), position),
      true,
      true,
      (error, response) => {
        if (response === undefined || error !== null) reject(error ?? new Error('The fetch response is missing.'));
        else resolve(response);
      },
    );
  });
}
