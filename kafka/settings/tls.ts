/** TLS settings: whom to trust, who we are. */
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import type { TlsSettings } from '../settings.js';
import { type KeyMaterial, readKeyStore, readTrustStore, type StoreType } from '../stores/index.js';
import type { PropertyReader } from './properties.js';

const STORE_TYPES: readonly StoreType[] = ['JKS', 'PKCS12', 'PEM'];

/** Reads the `ssl.*` properties and the files they name; what cannot be read becomes a problem of the key. */
export function readTls(reader: PropertyReader): TlsSettings {
  return {
    ...readTrust(reader),
    ...readIdentity(reader),
    verifyHostname: readVerification(reader),
  };
}

/** An empty value switches the check off; every other value means HTTPS, Java's default. */
function readVerification(reader: PropertyReader): boolean {
  const key = 'ssl.endpoint.identification.algorithm';
  if (!reader.has(key)) return true;
  const algorithm = reader.optional(key);
  if (algorithm !== undefined && algorithm.toLowerCase() !== 'https') reader.problem(key, 'must be https or empty.');
  return algorithm !== undefined;
}

/** Without a trust store, the authorities that Node trusts. */
function readTrust(reader: PropertyReader): KeyMaterial {
  const inline = reader.optional('ssl.truststore.certificates');
  if (inline !== undefined) {
    notBoth(reader, 'ssl.truststore.certificates', 'ssl.truststore.location');
    return attempt(reader, 'ssl.truststore.certificates', () => readTrustStore('PEM', Buffer.from(inline), undefined));
  }
  const key = 'ssl.truststore.location';
  const location = reader.optional(key);
  if (location === undefined) return {};
  const type = reader.oneOf('ssl.truststore.type', STORE_TYPES, 'JKS');
  return attempt(reader, key, () =>
    readTrustStore(type, readFileSync(location), reader.secret('ssl.truststore.password')),
  );
}

function readIdentity(reader: PropertyReader): KeyMaterial {
  const keyPassword = reader.secret('ssl.key.password');
  const inlineKey = reader.optional('ssl.keystore.key');
  const inlineChain = reader.optional('ssl.keystore.certificate.chain');
  if (inlineKey !== undefined || inlineChain !== undefined) {
    notBoth(reader, 'ssl.keystore.key', 'ssl.keystore.location');
    if (inlineKey === undefined) reader.problem('ssl.keystore.key', 'is missing: a certificate chain needs its key.');
    if (inlineChain === undefined) reader.problem('ssl.keystore.certificate.chain', 'is missing: a key needs it.');
    const pem = Buffer.from(`${inlineKey ?? ''}\n${inlineChain ?? ''}`);
    if (inlineKey === undefined || inlineChain === undefined) return {};
    return attempt(reader, 'ssl.keystore.key', () => readKeyStore('PEM', pem, undefined, keyPassword));
  }
  const key = 'ssl.keystore.location';
  const location = reader.optional(key);
  if (location === undefined) return {};
  const type = reader.oneOf('ssl.keystore.type', STORE_TYPES, 'JKS');
  const storePassword = reader.secret('ssl.keystore.password');
  return attempt(reader, key, () => readKeyStore(type, readFileSync(location), storePassword, keyPassword));
}

/** Java refuses it too: which of them counts would be anybody's guess. */
function notBoth(reader: PropertyReader, inline: string, location: string): void {
  if (reader.optional(location) === undefined) return;
  reader.problem(inline, `and ${location} are both given: remove one of them (for a client alone, by an empty value).`);
}

function attempt(reader: PropertyReader, key: string, read: () => KeyMaterial): KeyMaterial {
  try {
    return read();
  } catch (error) {
    reader.problem(key, `cannot be used: ${types.isNativeError(error) ? error.message : String(error)}`);
    return {};
  }
}
