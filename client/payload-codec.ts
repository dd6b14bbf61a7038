/**
 * Encrypts what goes into workflow history. Without a key nothing is encrypted; with one, everything is: a configuration
 * may hold a password in plain text, and a history is kept for long.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { ClientError } from './errors.js';

/** A base64 key of 32 bytes, the same for every worker and client; several, comma-separated, while it is changed. */
export const KEY_VARIABLE = 'SLUICE_PAYLOAD_KEY';
const ENCODING = 'binary/sluice-aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const text = new TextEncoder();

type Failure = proto.temporal.api.failure.v1.IFailure;

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The codec for the key of the environment; undefined when there is none. The first key encrypts, all decrypt. */
export function payloadCodecs(env: NodeJS.ProcessEnv): PayloadCodec[] {
  const keys = (env[KEY_VARIABLE] ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [keyOf(part.trim())]));
  const [first] = keys;
  return first === undefined ? [] : [new EncryptingCodec(first, keys)];
}

function keyOf(base64: string): Key {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== 32) {
    throw new ClientError('CONFIG_INVALID', `${KEY_VARIABLE} is not a key of 32 bytes in base64.`, {
      hint: 'Make one by: openssl rand -base64 32',
    });
  }
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

/** A failure, and what caused it, with the messages that were encrypted (see workers/failure-converter.ts). */
export async function readableFailure(failure: Failure, codecs: readonly PayloadCodec[]): Promise<Failure> {
  const cause = failure.cause ? { cause: await readableFailure(failure.cause, codecs) } : {};
  let payloads = failure.encodedAttributes ? [failure.encodedAttributes] : [];
  for (const codec of codecs) payloads = await codec.decode(payloads);
  const [payload] = payloads;
  const known = payload === undefined ? undefined : defaultPayloadConverter.fromPayload<{ message?: string }>(payload);
  return { ...failure, ...cause, ...(known?.message === undefined ? {} : { message: known.message }) };
}

class EncryptingCodec implements PayloadCodec {
  constructor(
    private readonly current: Key,
    private readonly keys: readonly Key[],
  ) {}

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.encrypt(payload));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.decrypt(payload));
  }

  private encrypt(payload: Payload): Payload {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.current.bytes, nonce);
    const plain = proto.temporal.api.common.v1.Payload.encode(payload).finish();
    const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { encoding: text.encode(ENCODING), 'key-id': text.encode(this.current.id) }, data };
  }

  private decrypt(payload: Payload): Payload {
    const metadata = payload.metadata ?? {};
    if (Buffer.from(metadata.encoding ?? []).toString() !== ENCODING) return payload;
    const id = Buffer.from(metadata['key-id'] ?? []).toString();
    const key = this.keys.find((candidate) => candidate.id === id);
    if (key === undefined) {
      throw new ClientError(
        'CONFIG_INVALID',
        `A payload was encrypted with key ${id}, which ${KEY_VARIABLE} does not hold.`,
      );
    }
    const data = Buffer.from(payload.data ?? []);
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, data.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
    const plain = Buffer.concat([
      decipher.update(data.subarray(NONCE_BYTES, data.length - TAG_BYTES)),
      decipher.final(),
    ]);
    return proto.temporal.api.common.v1.Payload.decode(plain);
  }
}
