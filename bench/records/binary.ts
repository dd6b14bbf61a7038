/** Orders in Avro and in Protobuf, framed for a registry of schemas, encoded by libraries that Sluice does not read with. */
import avro from 'avsc';
import protobuf from 'protobufjs';
import { ORDER_NOTE, orderId } from './json.js';

export const AVRO_SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Order',
  namespace: 'bench',
  fields: [
    { name: 'order_id', type: 'long' },
    { name: 'customer', type: 'string' },
    { name: 'quantity', type: 'int' },
    { name: 'price', type: 'double' },
    { name: 'paid', type: 'boolean' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
});

export const PROTOBUF_SCHEMA = `syntax = "proto3";
package bench;

message Order {
  int64 order_id = 1;
  string customer = 2;
  int32 quantity = 3;
  double price = 4;
  bool paid = 5;
  optional string note = 6;
}
`;

/** What Confluent's serializers put in front: a zero and the schema's id. */
const FRAME_BYTES = 5;

/** 64 bits as they are; avsc would take them for numbers. */
const longType = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

const avroOrder = avro.Type.forSchema(JSON.parse(AVRO_SCHEMA), { registry: { long: longType }, wrapUnions: false });

export function orderInAvro(index: number, schemaId: number): Buffer {
  return framed(schemaId, avroOrder.toBuffer({ ...orderFields(index), order_id: orderId(index) }));
}

const protobufOrder = protobuf.parse(PROTOBUF_SCHEMA, { keepCase: true }).root.lookupType('bench.Order');
const LOW_BITS = 32n;

export function orderInProtobuf(index: number, schemaId: number): Buffer {
  const id = orderId(index);
  const order_id = { low: Number(BigInt.asIntN(32, id)), high: Number(id >> LOW_BITS), unsigned: false };
  // One zero for "the first message of the file".
  return framed(schemaId, Buffer.of(0), protobufOrder.encode({ ...orderFields(index), order_id }).finish());
}

function orderFields(index: number) {
  return { customer: `customer-${index % 1000}`, quantity: index % 90, price: 19.99, paid: true, note: ORDER_NOTE };
}

function framed(schemaId: number, ...parts: readonly Uint8Array[]): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeInt32BE(schemaId, 1);
  return Buffer.concat([frame, ...parts]);
}
