/** The packets of the connection phase. Facts: MysqlHandshakePacket.java of Doris, MySQL "Connection Phase Packets". */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ByteReader, ByteWriter, malformedPacket } from './bytes.js';
import { CAPABILITIES, CHARSETS, NATIVE_PASSWORD, SERVER_CAPABILITIES } from './protocol.js';

const PROTOCOL_VERSION = 10;
const SCRAMBLE_BYTES = 20;
const SCRAMBLE_FIRST_PART_BYTES = 8;

/** Twenty random bytes, none of them NUL, as clients read the second part up to a NUL. */
export function newScramble(): Buffer {
  return randomBytes(SCRAMBLE_BYTES).map((byte) => (byte % 127) + 1) as Buffer;
}

/**
 *     HandshakeV10 => version server_version(NUL) connection_id(4) scramble[0..8] 0x00 capabilities(low 2) charset
 *       status(2) capabilities(high 2) scramble_length+1 reserved(10) scramble[8..20] 0x00 plugin(NUL)
 */
export function handshakePacket(greeting: {
  serverVersion: string;
  connectionId: number;
  scramble: Buffer;
  withTls?: boolean;
}): Buffer {
  const capabilities = SERVER_CAPABILITIES | (greeting.withTls === true ? CAPABILITIES.SSL : 0);
  return new ByteWriter()
    .uint8(PROTOCOL_VERSION)
    .nulString(greeting.serverVersion)
    .uint32(greeting.connectionId)
    .bytes(greeting.scramble.subarray(0, SCRAMBLE_FIRST_PART_BYTES))
    .uint8(0)
    .uint16(capabilities & 0xffff)
    .uint8(CHARSETS.UTF8)
    .uint16(0)
    .uint16(capabilities >>> 16)
    .uint8(SCRAMBLE_BYTES + 1)
    .zeros(10)
    .bytes(greeting.scramble.subarray(SCRAMBLE_FIRST_PART_BYTES))
    .uint8(0)
    .nulString(NATIVE_PASSWORD)
    .build();
}

/** What a client says of itself when it logs in, and again with COM_CHANGE_USER. */
export interface Login {
  readonly user: string;
  readonly authReply: Buffer;
  readonly database: string | undefined;
  readonly plugin: string | undefined;
}

export interface HandshakeResponse extends Login {
  readonly capabilities: number;
}

/** SSLRequest: the head of a HandshakeResponse41 alone, which is to follow over TLS. */
export function isTlsRequest(payload: Buffer): boolean {
  return payload.length === 4 + 4 + 1 + 23 && (payload.readUInt32LE(0) & CAPABILITIES.SSL) !== 0;
}

/** HandshakeResponse41; a client that does not speak 4.1 is refused. */
export function parseHandshakeResponse(payload: Buffer): HandshakeResponse {
  const reader = new ByteReader(payload);
  const capabilities = reader.uint32();
  if ((capabilities & CAPABILITIES.PROTOCOL_41) === 0) throw malformedPacket();
  reader.take(4 + 1 + 23); // largest packet, charset, reserved
  const user = reader.nulString();
  const authReply =
    (capabilities & CAPABILITIES.PLUGIN_AUTH_LENENC_CLIENT_DATA) !== 0
      ? reader.lenencBytes()
      : reader.take(reader.uint8());
  const withDatabase = (capabilities & CAPABILITIES.CONNECT_WITH_DB) !== 0 && reader.left > 0;
  const database = withDatabase ? reader.nulString() : '';
  const withPlugin = (capabilities & CAPABILITIES.PLUGIN_AUTH) !== 0 && reader.left > 0;
  const plugin = withPlugin ? reader.nulString() : undefined;
  return { capabilities, user, authReply, plugin, database: database === '' ? undefined : database };
}

/** COM_CHANGE_USER, without its command byte. */
export function parseChangeUser(payload: Buffer): Login {
  const reader = new ByteReader(payload);
  const user = reader.nulString();
  const authReply = reader.take(reader.uint8());
  const database = reader.nulString();
  if (reader.left >= 2) reader.uint16(); // charset
  const plugin = reader.left > 0 ? reader.nulString() : undefined;
  return { user, authReply, plugin, database: database === '' ? undefined : database };
}

/** Asks a client that would use another plugin to reply with mysql_native_password. */
export function authSwitchPacket(scramble: Buffer): Buffer {
  return new ByteWriter().uint8(0xfe).nulString(NATIVE_PASSWORD).bytes(scramble).uint8(0).build();
}

/**
 * mysql_native_password: the reply is SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))).
 *
 * @param passwordHash SHA1(SHA1(password)), empty for the empty password
 */
export function checkNativePassword(passwordHash: Buffer, scramble: Buffer, reply: Buffer): boolean {
  if (passwordHash.length === 0 || reply.length === 0) return passwordHash.length === reply.length;
  if (reply.length !== SCRAMBLE_BYTES) return false;
  const mask = createHash('sha1').update(scramble).update(passwordHash).digest();
  const passwordOnce = reply.map((byte, index) => byte ^ (mask[index] ?? 0));
  const twice = createHash('sha1').update(passwordOnce).digest();
  return timingSafeEqual(twice, passwordHash);
}
