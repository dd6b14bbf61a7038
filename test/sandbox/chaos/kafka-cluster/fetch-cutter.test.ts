import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Gate } from '../../../../sandbox/chaos/gate.js';
import { FetchCutter } from '../../../../sandbox/chaos/kafka-cluster/index.js';
import { Random } from '../../../../sandbox/simulator/random.js';

const FETCH = 1;
const METADATA = 3;
const RESPONSE_BYTES = 1_000;

function request(apiKey: number): Buffer {
  const message = Buffer.alloc(4 + 2 + 30);
  message.writeInt32BE(message.length - 4, 0);
  message.writeInt16BE(apiKey, 4);
  return message;
}

function response(sizeBytes: number): Buffer {
  const message = Buffer.alloc(sizeBytes, 'x');
  message.writeInt32BE(sizeBytes - 4, 0);
  return message;
}

/** A broker that answers every request with so many bytes, behind a gate. */
async function broker(cutter: FetchCutter): Promise<{ gate: Gate; close: () => Promise<void> }> {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write(response(RESPONSE_BYTES)));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gate = await Gate.open((server.address() as AddressInfo).port, cutter.tap);
  const close = async () => {
    await gate.stop();
    server.close();
  };
  return { gate, close };
}

/** The bytes that arrive for one request, until the connection is gone or they are all there. */
async function ask(port: number, apiKey: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let bytes = 0;
  try {
    socket.write(request(apiKey));
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length;
      if (bytes === RESPONSE_BYTES) break;
    }
  } catch {
    // A reset: some systems tell it as an end.
  } finally {
    socket.destroy();
  }
  return bytes;
}

test('responses to a Fetch are cut in the middle while it is armed, others never', async () => {
  const cutter = new FetchCutter(new Random('7'));
  const { gate, close } = await broker(cutter);
  try {
    expect(await ask(gate.port, FETCH)).toBe(RESPONSE_BYTES);
    cutter.arm(3);
    expect(await ask(gate.port, METADATA)).toBe(RESPONSE_BYTES);
    let cutShort = 0;
    for (let attempt = 0; attempt < 100 && cutter.cuts < 3; attempt++) {
      if ((await ask(gate.port, FETCH)) < RESPONSE_BYTES) cutShort += 1;
    }
    expect({ cutShort, cuts: cutter.cuts }).toEqual({ cutShort: 3, cuts: 3 });
    expect(await ask(gate.port, FETCH)).toBe(RESPONSE_BYTES);
  } finally {
    await close();
  }
});
