/** PKCS12 stores, by node-forge: it also reads the old ciphers that OpenSSL 3, and so Node, refuses. */
import forge from 'node-forge';
import type { StoreContents } from './index.js';
import { toPem } from './pem.js';

const { asn1, pki, pkcs12 } = forge;
const { certBag, keyBag, pkcs8ShroudedKeyBag } = pki.oids;

/** @throws Error with a sentence for the user. */
export function readPkcs12(data: Buffer, password: string): StoreContents {
  const bags = openStore(data, password).safeContents.flatMap((contents) => contents.safeBags);
  const keys = bags.filter((bag) => bag.type === keyBag || bag.type === pkcs8ShroudedKeyBag);
  const certificates = bags.filter((bag) => bag.type === certBag).map((bag) => ({ bag, pem: certificatePem(bag) }));

  const identities = keys.map((key) => {
    const own = certificates.filter(({ bag }) => localKeyId(bag) !== undefined && localKeyId(bag) === localKeyId(key));
    const others = certificates.filter((certificate) => !own.includes(certificate));
    return { key: keyPem(key), chain: [...own, ...others].map(({ pem }) => pem) };
  });
  const trusted = certificates.filter(({ bag }) => localKeyId(bag) === undefined).map(({ pem }) => pem);
  return { trusted, identities: identities.filter(({ chain }) => chain.length > 0) };
}

function openStore(data: Buffer, password: string): forge.pkcs12.Pkcs12Pfx {
  try {
    return pkcs12.pkcs12FromAsn1(asn1.fromDer(data.toString('binary')), password);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`it is no PKCS12 store, or its password is wrong (${reason})`, { cause });
  }
}

function localKeyId(bag: forge.pkcs12.Bag): string | undefined {
  const attributes: Readonly<Record<string, unknown[]>> = bag.attributes ?? {};
  const id = attributes.localKeyId?.[0];
  return typeof id === 'string' ? id : undefined;
}

/** What forge cannot interpret, such as elliptic curve keys, it hands over as parsed ASN.1. */
function certificatePem(bag: forge.pkcs12.Bag): string {
  const der = bag.cert ? pki.certificateToAsn1(bag.cert) : bag.asn1;
  return toPem('CERTIFICATE', derBytes(der));
}

function keyPem(bag: forge.pkcs12.Bag): string {
  const der = bag.key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(bag.key)) : bag.asn1;
  return toPem('PRIVATE KEY', derBytes(der));
}

function derBytes(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'binary');
}
