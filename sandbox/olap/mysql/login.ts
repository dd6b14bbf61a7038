/** Logging in: greeting, the client's answer, if need be a switch to mysql_native_password. */

import { DatabaseError } from '../model.js';
import type { PacketChannel } from './channel.js';
import {
  authSwitchPacket,
  checkNativePassword,
  type HandshakeResponse,
  handshakePacket,
  isTlsRequest,
  type Login,
  newScramble,
  parseHandshakeResponse,
} from './handshake.js';
import { NATIVE_PASSWORD } from './protocol.js';
import type { MysqlServerOptions } from './session.js';

/** The client went away before it was logged in. */
export class ClientGone extends Error {}

/** Greets the client and returns who it says it is, and the channel to go on with: over TLS where it asks for that. */
export async function greet(
  plain: PacketChannel,
  connectionId: number,
  { serverVersion, certificate }: Pick<MysqlServerOptions, 'serverVersion' | 'certificate'>,
): Promise<{ channel: PacketChannel; response: HandshakeResponse; scramble: Buffer }> {
  const scramble = newScramble();
  await plain.send([handshakePacket({ serverVersion, connectionId, scramble, withTls: certificate !== undefined })]);
  const first = await expected(plain);
  if (certificate === undefined || !isTlsRequest(first)) {
    return { channel: plain, response: parseHandshakeResponse(first), scramble };
  }
  const channel = await plain.secured(certificate);
  return { channel, response: parseHandshakeResponse(await expected(channel)), scramble };
}

/** @throws DatabaseError 1045 when the password is wrong or the user unknown */
export async function authenticate(
  channel: PacketChannel,
  login: Login,
  scramble: Buffer,
  options: Pick<MysqlServerOptions, 'authenticate'> & { host: string },
): Promise<void> {
  let reply = login.authReply;
  if (login.plugin !== undefined && login.plugin !== NATIVE_PASSWORD) {
    await channel.send([authSwitchPacket(scramble)]);
    reply = await expected(channel);
  }
  const verify = (passwordHash: Buffer): boolean => checkNativePassword(passwordHash, scramble, reply);
  if (options.authenticate({ user: login.user, verify })) return;
  const usingPassword = reply.length > 0 ? 'YES' : 'NO';
  throw new DatabaseError(
    `Access denied for user '${login.user}'@'${options.host}' (using password: ${usingPassword})`,
    1045,
    '28000',
  );
}

async function expected(channel: PacketChannel): Promise<Buffer> {
  const payload = await channel.receive();
  if (payload === undefined) throw new ClientGone();
  return payload;
}
