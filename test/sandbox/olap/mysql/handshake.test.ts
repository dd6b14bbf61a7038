import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { checkNativePassword, handshakePacket, newScramble } from '../../../../sandbox/olap/mysql/handshake.js';
import { nativePasswordHash } from '../../../../sandbox/olap/sql/accounts.js';

const sha1 = (...parts: (Buffer | string)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();

/** The client's side of mysql_native_password. */
function reply(password: string, scramble: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const mask = sha1(scramble, sha1(sha1(password)));
  return sha1(password).map((byte, index) => byte ^ (mask[index] ?? 0)) as Buffer;
}

test('only the right password fits', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (right, given) => {
      const scramble = newScramble();
      const fits = checkNativePassword(nativePasswordHash(right), scramble, reply(given, scramble));
      expect(fits).toBe(right === given);
    }),
  );
});

test('a reply to another greeting does not fit', () => {
  const fits = checkNativePassword(nativePasswordHash('x'), newScramble(), reply('x', newScramble()));
  expect(fits).toBe(false);
});

test('the greeting is laid out as Doris’', () => {
  const scramble = Buffer.from('12345678abcdefghijkl');
  const packet = handshakePacket({ serverVersion: '5.7.99', connectionId: 1, scramble });
  expect(packet.subarray(0, 8).toString('latin1')).toBe('\n5.7.99\0');
  expect(packet.subarray(12, 21).toString('latin1')).toBe('12345678\0');
  expect(packet[23]).toBe(33);
  expect(packet[28]).toBe(21);
  expect(packet.subarray(39).toString('latin1')).toBe('abcdefghijkl\0mysql_native_password\0');
});

test('a scramble has no NUL', () => {
  expect(Array.from({ length: 200 }, newScramble).every((scramble) => !scramble.includes(0))).toBe(true);
});
