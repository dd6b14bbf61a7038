/**
 * Java's own key store format (JKS), read.
 *
 * Layout from OpenJDK, `sun/security/provider/JavaKeyStore.java`: magic, version, count, then entries; strings in
 * DataOutput's UTF form; at the end a SHA-1 digest keyed with the password. Private keys are protected by the scheme of
 * `KeyProtector.java`: a key stream of chained SHA-1 digests over the password.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { StoreContents } from './index.js';
import { toPem } from './pem.js';

const MAGIC = 0xfeedfeed;
const PRIVATE_KEY_ENTRY = 1;
const TRUSTED_CERTIFICATE_ENTRY = 2;
const DIGEST_BYTES = 20;
const SALT_BYTES = 20;
const WHITENER = 'Mighty Aphrodite';

export function isJks(data: Buffer): boolean {
  return data.length >= 4 && data.readUInt32BE(0) === MAGIC;
}

/**
 * @param storePassword when given, the store's integrity is verified with it; trusted certificates can be read without.
 * @throws Error with a sentence for the user.
 */
export function readJks(
  data: Buffer,
  storePassword: string | undefined,
  keyPassword: string | undefined,
): StoreContents {
  const body = data.subarray(0, data.length - DIGEST_BYTES);
  if (storePassword !== undefined) verifyIntegrity(body, data.subarray(body.length), storePassword);

  const reader = new JksReader(body);
  reader.int();
  const version = reader.int();
  const contents: StoreContents = { trusted: [], identities: [] };
  for (let count = reader.int(); count > 0; count--) {
    const tag = reader.int();
    reader.utf();
    reader.bytes(8); // creation date
    if (tag === TRUSTED_CERTIFICATE_ENTRY) {
      contents.trusted.push(readCertificate(reader, version));
    } else if (tag === PRIVATE_KEY_ENTRY) {
      const protectedKey = reader.bytes(reader.int());
      const chain = Array.from({ length: reader.int() }, () => readCertificate(reader, version));
      if (keyPassword !== undefined) {
        contents.identities.push({ key: toPem('PRIVATE KEY', recoverKey(protectedKey, keyPassword)), chain });
      }
    } else {
      throw new Error(`it holds an entry of the unknown type ${tag}.`);
    }
  }
  return contents;
}

function verifyIntegrity(body: Buffer, digest: Buffer, password: string): void {
  const expected = createHash('sha1').update(passwordBytes(password)).update(WHITENER, 'utf8').update(body).digest();
  if (digest.length !== DIGEST_BYTES || !timingSafeEqual(expected, digest)) {
    throw new Error('its password is wrong, or the file is damaged.');
  }
}

function readCertificate(reader: JksReader, version: number): string {
  if (version === 2) {
    const type = reader.utf();
    if (type !== 'X.509') throw new Error(`it holds a certificate of the unknown type ${type}.`);
  }
  return toPem('CERTIFICATE', reader.bytes(reader.int()));
}

/** EncryptedPrivateKeyInfo around salt, the key XOR the digest stream, and a digest over password and key. */
function recoverKey(encryptedPrivateKeyInfo: Buffer, password: string): Buffer {
  const sealed = encryptedData(encryptedPrivateKeyInfo);
  const secret = passwordBytes(password);
  const salt = sealed.subarray(0, SALT_BYTES);
  const cipher = sealed.subarray(SALT_BYTES, sealed.length - DIGEST_BYTES);
  const key = Buffer.alloc(cipher.length);
  let digest = salt;
  for (let at = 0; at < cipher.length; at += DIGEST_BYTES) {
    digest = createHash('sha1').update(secret).update(digest).digest();
    for (let index = at; index < Math.min(at + DIGEST_BYTES, cipher.length); index++) {
      key[index] = cipher.readUInt8(index) ^ digest.readUInt8(index - at);
    }
  }
  const check = createHash('sha1').update(secret).update(key).digest();
  if (!check.equals(sealed.subarray(sealed.length - DIGEST_BYTES)))
    throw new Error('the password of its key is wrong.');
  return key;
}

/** SEQUENCE { SEQUENCE algorithm, OCTET STRING data }: the octets. */
function encryptedData(der: Buffer): Buffer {
  const info = derValue(der, 0, 0x30);
  const algorithm = derValue(info.value, 0, 0x30);
  return derValue(info.value, algorithm.end, 0x04).value;
}

function derValue(der: Buffer, start: number, tag: number): { value: Buffer; end: number } {
  if (der.length < start + 2 || der.readUInt8(start) !== tag) throw new Error('the encoding of its key is unknown.');
  const first = der.readUInt8(start + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : der.readUIntBE(start + 2, lengthBytes);
  const from = start + 2 + lengthBytes;
  return { value: der.subarray(from, from + length), end: from + length };
}

/** Java's characters: UTF-16, high byte first. */
function passwordBytes(password: string): Buffer {
  return Buffer.from(password, 'utf16le').swap16();
}

class JksReader {
  #position = 0;

  constructor(private readonly data: Buffer) {}

  int(): number {
    return this.bytes(4).readInt32BE(0);
  }

  utf(): string {
    return this.bytes(this.bytes(2).readUInt16BE(0)).toString('utf8');
  }

  bytes(length: number): Buffer {
    const start = this.#position;
    if (length < 0 || length > this.data.length - start) throw new Error('the file is cut off.');
    this.#position = start + length;
    return this.data.subarray(start, this.#position);
  }
}
