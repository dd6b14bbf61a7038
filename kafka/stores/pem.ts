/** PEM: blocks of base64 between BEGIN and END lines, and the other way round. */
import type { StoreContents } from './index.js';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** A file may hold certificates, and one private key that the first of them belongs to. */
export function readPem(text: string): StoreContents {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label = '', body = '']) => ({
    block: lined(block, label, body),
    label,
  }));
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ block }) => block);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.block;
  if (blocks.length === 0) throw new Error('it holds no PEM block.');
  if (key === undefined) return { trusted: certificates, identities: [] };
  return { trusted: certificates, identities: certificates.length === 0 ? [] : [{ key, chain: certificates }] };
}

/** In a property all of it may be on one line, with blanks between: Java reads that, OpenSSL does not. */
function lined(block: string, label: string, body: string): string {
  return /^[A-Za-z0-9+/=\s]+$/.test(body) ? pem(label, body.replace(/\s/g, '')) : block;
}

export function toPem(label: 'CERTIFICATE' | 'PRIVATE KEY', der: Buffer): string {
  return pem(label, der.toString('base64'));
}

function pem(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----`;
}
