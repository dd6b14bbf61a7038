/**
 * Key and trust stores as Java clients have them (PEM, PKCS12, JKS), read into PEM for Node's TLS.
 *
 * Trusted certificates are what a store holds without a private key; an identity is a private key with its chain.
 */
import { isJks, readJks } from './jks.js';
import { readPem } from './pem.js';
import { readPkcs12 } from './pkcs12.js';

export type StoreType = 'JKS' | 'PKCS12' | 'PEM';

/** What a store holds, whatever its format. All values are PEM. */
export interface StoreContents {
  trusted: string[];
  identities: { key: string; chain: string[] }[];
}

/** In the names of Node's `tls.ConnectionOptions`. */
export interface KeyMaterial {
  ca?: string[];
  key?: string;
  cert?: string;
  /** Of an encrypted PEM key. */
  passphrase?: string;
}

/**
 * The certificates a client is to trust. JKS and PKCS12 are told apart by their bytes, as Java does
 * (keystore.type.compat), because `keytool` writes PKCS12 under either name.
 *
 * @throws Error with a sentence for the user.
 */
export function readTrustStore(type: StoreType, data: Buffer, password: string | undefined): KeyMaterial {
  const { trusted } = readStore(type, data, password, undefined);
  if (trusted.length === 0) throw new Error('it holds no trusted certificate.');
  return { ca: trusted };
}

/**
 * The private key and certificate chain a client shows.
 *
 * @throws Error with a sentence for the user.
 */
export function readKeyStore(
  type: StoreType,
  data: Buffer,
  storePassword: string | undefined,
  keyPassword: string | undefined,
): KeyMaterial {
  const { identities } = readStore(type, data, storePassword, keyPassword);
  const [identity] = identities;
  if (identity === undefined) throw new Error('it holds no private key with a certificate.');
  const material = { key: identity.key, cert: identity.chain.join('\n') };
  return type === 'PEM' && keyPassword !== undefined ? { ...material, passphrase: keyPassword } : material;
}

function readStore(
  type: StoreType,
  data: Buffer,
  storePassword: string | undefined,
  keyPassword: string | undefined,
): StoreContents {
  if (type === 'PEM') return readPem(data.toString('utf8'));
  if (isJks(data)) return readJks(data, storePassword, keyPassword ?? storePassword);
  return readPkcs12(data, storePassword ?? '');
}
