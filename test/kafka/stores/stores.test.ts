import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readKeyStore, readTrustStore } from '../../../kafka/stores/index.js';
import { CertificateFolder, PASSWORD } from '../support/certificates.js';

let folder: CertificateFolder;

beforeAll(() => {
  folder = new CertificateFolder();
  folder.identity('rsa', 'rsa.jks', 'JKS');
  folder.identity('ec', 'ec.p12', 'PKCS12', 'EC');
  folder.trust('rsa', 'trust.jks', 'JKS');
  folder.trust('ec', 'trust.p12', 'PKCS12');
  folder.openssl('pkcs12', '-in', 'ec.p12', '-passin', `pass:${PASSWORD}`, '-nodes', '-nocerts', '-out', 'ec.key');
  folder.openssl(
    ...['pkcs8', '-topk8', '-in', 'ec.key', '-passout', `pass:${PASSWORD}`, '-v2', 'aes256', '-out', 'ec.sealed.key'],
  );
  folder.openssl(
    ...['pkcs12', '-export', '-legacy', '-inkey', 'ec.key', '-in', 'ec.pem'],
    ...['-passout', `pass:${PASSWORD}`, '-out', 'legacy.p12'],
  );
});
afterAll(() => folder.remove());

const read = (name: string) => readFileSync(folder.file(name));
const fingerprint = (pem: string | undefined) => new X509Certificate(pem ?? '').fingerprint256;
const expectedFingerprint = (alias: string) => fingerprint(read(`${alias}.pem`).toString());

test.each([
  { store: 'rsa.jks', type: 'JKS', alias: 'rsa' },
  { store: 'ec.p12', type: 'PKCS12', alias: 'ec' },
  // keytool writes PKCS12 where people expect JKS; the bytes decide, as in Java
  { store: 'ec.p12', type: 'JKS', alias: 'ec' },
  // RC2 and triple DES, which the TLS library under Node no longer reads
  { store: 'legacy.p12', type: 'PKCS12', alias: 'ec' },
] as const)('the identity in $store, read as $type', ({ store, type, alias }) => {
  const { key, cert } = readKeyStore(type, read(store), PASSWORD, undefined);

  expect(fingerprint(cert)).toBe(expectedFingerprint(alias));
  expect(new X509Certificate(cert ?? '').checkPrivateKey(createPrivateKey(key ?? ''))).toBe(true);
});

test('an identity in PEM, its key encrypted', () => {
  const pem = Buffer.concat([read('ec.sealed.key'), read('ec.pem')]);
  const { key = '', cert, passphrase } = readKeyStore('PEM', pem, undefined, PASSWORD);

  expect(createPrivateKey({ key, passphrase: passphrase ?? '' }).asymmetricKeyType).toBe('ec');
  expect(fingerprint(cert)).toBe(expectedFingerprint('ec'));
});

test.each([
  { store: 'trust.jks', type: 'JKS', alias: 'rsa' },
  { store: 'trust.p12', type: 'PKCS12', alias: 'ec' },
  { store: 'rsa.pem', type: 'PEM', alias: 'rsa' },
] as const)('the trusted certificate in $store', ({ store, type, alias }) => {
  const { ca = [] } = readTrustStore(type, read(store), type === 'PEM' ? undefined : PASSWORD);

  expect(ca.map(fingerprint)).toEqual([expectedFingerprint(alias)]);
});

test('trusted certificates in JKS can be read without the password, as in Java', () => {
  expect(readTrustStore('JKS', read('trust.jks'), undefined).ca).toHaveLength(1);
});

test.each(['trust.jks', 'trust.p12'])('a wrong password for %s is told', (store) => {
  expect(() => readTrustStore('JKS', read(store), 'wrong')).toThrow(/password is wrong/);
});

test('what is no store at all is told', () => {
  expect(() => readTrustStore('PKCS12', Buffer.from('nonsense'), PASSWORD)).toThrow(/no PKCS12 store/);
  expect(() => readTrustStore('PEM', Buffer.from('nonsense'), undefined)).toThrow(/no PEM block/);
  expect(() => readTrustStore('JKS', read('trust.jks').subarray(0, 100), undefined)).toThrow(/cut off/);
});

test('a key store without a key is told', () => {
  expect(() => readKeyStore('JKS', read('trust.jks'), PASSWORD, undefined)).toThrow(/no private key/);
});
