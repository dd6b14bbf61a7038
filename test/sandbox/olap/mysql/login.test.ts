import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ByteReader, ByteWriter } from '../../../../sandbox/olap/mysql/bytes.js';
import { PacketChannel } from '../../../../sandbox/olap/mysql/channel.js';
import { CAPABILITIES } from '../../../../sandbox/olap/mysql/protocol.js';
import { openQueryPort, type QueryPort } from './harness.js';

const PASSWORD = 'p@ss';
const sha1 = (...parts: Buffer[]): Buffer => createHash('sha1').update(Buffer.concat(parts)).digest();

let server: QueryPort;
let socket: Socket;
let client: PacketChannel;

beforeAll(async () => {
  server = await openQueryPort({ root: PASSWORD });
});
afterAll(() => server.close());
beforeEach(async () => {
  socket = connect(server.port, server.host);
  await once(socket, 'connect');
  client = new PacketChannel(socket);
});
afterEach(() => socket.destroy());

async function received(): Promise<Buffer> {
  return (await client.receive()) ?? Buffer.alloc(0);
}

/** The login of a client whose own plugin is another one than the server's. */
function login(plugin: string): Buffer {
  const capabilities = CAPABILITIES.PROTOCOL_41 | CAPABILITIES.SECURE_CONNECTION | CAPABILITIES.PLUGIN_AUTH;
  return new ByteWriter()
    .uint32(capabilities)
    .uint32(0x100_0000)
    .uint8(255)
    .zeros(23)
    .nulString('root')
    .uint8(32)
    .zeros(32)
    .nulString(plugin)
    .build();
}

test('a client of caching_sha2_password is asked to switch, and gets in with the right password', async () => {
  await received();
  await client.send([login('caching_sha2_password')]);
  const request = new ByteReader(await received());
  expect(request.uint8()).toBe(0xfe);
  expect(request.nulString()).toBe('mysql_native_password');
  const scramble = request.take(20);
  const once = sha1(Buffer.from(PASSWORD));
  const mask = sha1(scramble, sha1(once));
  await client.send([Buffer.from(once.map((byte, index) => byte ^ (mask[index] ?? 0)))]);
  expect((await received())[0]).toBe(0x00);
});

test('a reply that does not fit is refused with error 1045, and the connection closed', async () => {
  await received();
  await client.send([login('caching_sha2_password')]);
  await received();
  await client.send([Buffer.alloc(20, 1)]);
  const refusal = new ByteReader(await received());
  expect([refusal.uint8(), refusal.uint16()]).toEqual([0xff, 1045]);
  expect(await client.receive()).toBeUndefined();
});

test.each([
  ['an older protocol', new ByteWriter().uint32(0).zeros(40).build()],
  ['a packet that is cut off', Buffer.of(1, 2)],
])('%s is refused as malformed', async (_, packet) => {
  await received();
  await client.send([packet]);
  const refusal = new ByteReader(await received());
  expect([refusal.uint8(), refusal.uint16()]).toEqual([0xff, 1835]);
});
