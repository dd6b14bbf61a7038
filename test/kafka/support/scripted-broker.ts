/**
 * Brokers that speak Kafka's protocol and misbehave on command: for faults that one healthy broker cannot show, such as
 * a leader that moves. They hold one topic, all of whose partitions have the same LogModel.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Reader, Writer } from '@platformatic/kafka';
import type { FetchedPartition } from '../../../kafka/protocol/fetch.js';
import type { LogModel } from './log-model.js';

export const TOPIC = 'scripted';
export const TOPIC_ID = '11111111-2222-3333-4444-555555555555';

const FETCH = 1;
const LIST_OFFSETS = 2;
const METADATA = 3;
const API_VERSIONS = 18;

/** What a broker does with one fetch: answer it in some way, too late, not at all, or hang up. */
export type FetchAnswer = Partial<FetchedPartition> | 'late' | 'silence' | 'hang up';

/** How much later a late answer is sent. */
export const LATE_MS = 150;

type Reply = { writer: Writer; isLate?: boolean } | 'silence' | 'hang up';

export interface Fetched {
  node: number;
  version: number;
  leaderEpoch: number;
  offset: bigint;
}

export class ScriptedBrokers {
  /** The node ids of the partitions' leaders and the epoch of all of them, as the metadata tells. */
  leaders = [1];
  leaderEpoch = 0;
  topicId = TOPIC_ID;
  newestFetchVersion = 17;
  /** Answers to the next fetches, in turn; then the log as it is. */
  script: FetchAnswer[] = [];
  readonly fetches: Fetched[] = [];
  readonly #log: LogModel;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(log: LogModel) {
    this.#log = log;
  }

  static async start(log: LogModel, count: number): Promise<ScriptedBrokers> {
    const brokers = new ScriptedBrokers(log);
    for (let node = 1; node <= count; node++) {
      const server = createServer((socket) => brokers.#serve(node, socket)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      brokers.#servers.push(server);
    }
    return brokers;
  }

  get bootstrap(): string {
    return this.#ports()
      .map((port) => `127.0.0.1:${port}`)
      .join(',');
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #ports(): number[] {
    return this.#servers.map((server) => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    });
  }

  #serve(node: number, socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0);
        this.#answer(node, socket, received.subarray(4, end));
        received = received.subarray(end);
      }
    });
  }

  #answer(node: number, socket: Socket, message: Buffer): void {
    const reader = Reader.from(message);
    const apiKey = reader.readInt16();
    const version = reader.readInt16();
    const correlationId = reader.readInt32();
    reader.readNullableString(false);
    reader.readTaggedFields();
    const header = Writer.create().appendInt32(correlationId);
    if (apiKey !== API_VERSIONS) header.appendTaggedFields();
    const body = this.#body(node, apiKey, version, reader);
    if (body === 'hang up') {
      socket.destroy();
    } else if (body !== 'silence') {
      const reply = header.appendFrom(body.writer).prependLength().buffer;
      if (body.isLate) setTimeout(() => socket.write(reply), LATE_MS).unref();
      else socket.write(reply);
    }
  }

  #body(node: number, apiKey: number, version: number, request: Reader): Reply {
    switch (apiKey) {
      case API_VERSIONS:
        return { writer: this.#apiVersions() };
      case METADATA:
        return { writer: this.#metadata() };
      case LIST_OFFSETS:
        return { writer: this.#listOffsets() };
      case FETCH:
        return this.#fetch(node, version, request);
      default:
        return 'hang up';
    }
  }

  #apiVersions(): Writer {
    const versions: [number, number, number][] = [
      [FETCH, 4, this.newestFetchVersion],
      [LIST_OFFSETS, 1, 7],
      [METADATA, 0, 12],
      [API_VERSIONS, 0, 3],
    ];
    return Writer.create()
      .appendInt16(0)
      .appendArray(versions, (writer, [key, min, max]) => writer.appendInt16(key).appendInt16(min).appendInt16(max))
      .appendInt32(0)
      .appendTaggedFields();
  }

  #metadata(): Writer {
    const brokers = this.#ports().map((port, index) => ({ node: index + 1, port }));
    return Writer.create()
      .appendInt32(0)
      .appendArray(brokers, (writer, { node, port }) => {
        writer.appendInt32(node).appendString('127.0.0.1').appendInt32(port).appendString(null);
      })
      .appendString('scripted-cluster')
      .appendInt32(1)
      .appendArray([TOPIC], (writer, topic) => {
        writer.appendInt16(0).appendString(topic).appendUUID(this.topicId).appendBoolean(false);
        writer.appendArray(this.leaders, (entry, leader, partition) => {
          entry.appendInt16(0).appendInt32(partition).appendInt32(leader).appendInt32(this.leaderEpoch);
          for (let list = 0; list < 3; list++) entry.appendArray<number>([], () => {}, true, false);
        });
        writer.appendInt32(0);
      })
      .appendTaggedFields();
  }

  #listOffsets(): Writer {
    return Writer.create()
      .appendInt32(0)
      .appendArray([TOPIC], (writer, topic) => {
        writer.appendString(topic).appendArray([0], (entry, partition) => {
          entry
            .appendInt32(partition)
            .appendInt16(0)
            .appendInt64(-1n)
            .appendInt64(this.#log.lastStableOffset)
            .appendInt32(0);
        });
      })
      .appendTaggedFields();
  }

  #fetch(node: number, version: number, request: Reader): Reply {
    if (version <= 14) request.readInt32();
    request.skip(4 + 4 + 4 + 1 + 4 + 4);
    const asked = request.readArray((reader) => {
      if (version >= 13) reader.readUUID();
      else reader.readString();
      return reader.readArray(readPartition);
    });
    const partitions = asked.flat();
    for (const { leaderEpoch, offset } of partitions) this.fetches.push({ node, version, leaderEpoch, offset });
    const answer = this.script.shift() ?? {};
    if (answer === 'silence' || answer === 'hang up') return answer;
    const changes = answer === 'late' ? {} : answer;
    const fetched = partitions.map(({ partition, offset, maxBytes }) => ({
      ...this.#log.fetch(offset, maxBytes),
      partition,
      ...changes,
    }));
    return { writer: encodeFetched(version, this.topicId, fetched), isLate: answer === 'late' };
  }
}

function readPartition(reader: Reader) {
  const fields = { partition: reader.readInt32(), leaderEpoch: reader.readInt32(), offset: reader.readInt64() };
  reader.skip(4 + 8);
  return { ...fields, maxBytes: reader.readInt32() };
}

function encodeFetched(version: number, topicId: string, fetched: readonly FetchedPartition[]): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([TOPIC], (topics, topic) => {
      if (version >= 13) topics.appendUUID(topicId);
      else topics.appendString(topic);
      topics.appendArray([...fetched], (writer, partition) => {
        writer
          .appendInt32(partition.partition)
          .appendInt16(partition.errorCode)
          .appendInt64(partition.highWatermark)
          .appendInt64(partition.lastStableOffset)
          .appendInt64(partition.logStartOffset)
          .appendArray(partition.abortedTransactions, (entry, { producerId, firstOffset }) => {
            entry.appendInt64(producerId).appendInt64(firstOffset);
          })
          .appendInt32(-1)
          .appendUnsignedVarInt(partition.records.length + 1)
          .append(partition.records);
      });
    })
    .appendTaggedFields();
}
