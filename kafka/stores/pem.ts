/** PEM: blocks of base64 between BEGIN and END lines, and the other way round. */
import type { StoreContents } from './index.js';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** A file may hold certificates, and one private key that the first of them belongs to. */
export function readPem(text: string): StoreContents {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label]) => ({ block, label: label ?? '' }));
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ block }) => block);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.block;
  if (blocks.length === 0) throw new Error('it holds no PEM block.');
  if (key === undefined) return { trusted: certificates, identities: [] };
  return { trusted: certificates, identities: certificates.length === 0 ? [] : [{ key, chain: certificates }] };
}

export function toPem(label: 'CERTIFICATE' | 'PRIVATE KEY', der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----`;
}
