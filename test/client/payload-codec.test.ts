import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { ClientError } from '../../client/errors.js';
import { KEY_VARIABLE, payloadCodecs, readableFailure } from '../../client/payload-codec.js';
import { failureConverter } from '../../workers/failure-converter.js';

type Failure = proto.temporal.api.failure.v1.IFailure;

const key = () => randomBytes(32).toString('base64');
const payload = defaultPayloadConverter.toPayload({ 'doris.password': 'tell-nobody' });

test('without a key nothing is encrypted', () => {
  expect(payloadCodecs({})).toEqual([]);
});

test('what is encrypted does not show, and comes back as it was', async () => {
  const [codec] = payloadCodecs({ [KEY_VARIABLE]: key() });
  const [encrypted] = (await codec?.encode([payload])) ?? [];
  expect(Buffer.from(encrypted?.data ?? []).toString('latin1')).not.toContain('tell-nobody');
  const [decrypted] = (await codec?.decode([encrypted ?? {}])) ?? [];
  expect(defaultPayloadConverter.fromPayload(decrypted ?? {})).toEqual({ 'doris.password': 'tell-nobody' });
});

test('while the key is changed, old histories are still read', async () => {
  const [before, after] = [key(), key()];
  const [old] = payloadCodecs({ [KEY_VARIABLE]: before });
  const [both] = payloadCodecs({ [KEY_VARIABLE]: `${after},${before}` });
  const encrypted = (await old?.encode([payload])) ?? [];
  const decrypted = (await both?.decode(encrypted)) ?? [];
  expect(decrypted).toHaveLength(1);
  expect(Buffer.from(decrypted[0]?.data ?? [])).toEqual(Buffer.from(payload.data ?? []));
});

test('payloads of before there was a key pass through', async () => {
  const [codec] = payloadCodecs({ [KEY_VARIABLE]: key() });
  expect(await codec?.decode([payload])).toEqual([payload]);
});

test('changed bytes and unknown keys are refused', async () => {
  const [codec] = payloadCodecs({ [KEY_VARIABLE]: key() });
  const [other] = payloadCodecs({ [KEY_VARIABLE]: key() });
  const [encrypted] = (await codec?.encode([payload])) ?? [];
  const data = Buffer.from(encrypted?.data ?? []);
  data.writeUInt8(data.readUInt8(20) ^ 1, 20);
  await expect(codec?.decode([{ ...encrypted, data }])).rejects.toThrow();
  await expect(other?.decode([encrypted ?? {}])).rejects.toThrow(ClientError);
});

test('what a failure says, and what caused it, is encrypted where payloads are, and read again by the command', async () => {
  const codecs = payloadCodecs({ [KEY_VARIABLE]: key() });
  const thrown = new Error('Doris: a row of somebody', { cause: new Error('and another one') });
  const plain = failureConverter.errorToFailure(thrown, defaultPayloadConverter);
  const encrypt = async (failure: Failure): Promise<Failure> => ({
    ...failure,
    encodedAttributes: (await codecs[0]?.encode([failure.encodedAttributes ?? {}]))?.[0] ?? null,
    ...(failure.cause ? { cause: await encrypt(failure.cause) } : {}),
  });
  const written = await encrypt(plain);
  const bytes = proto.temporal.api.failure.v1.Failure.encode(written).finish();
  expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/somebody|another/);
  expect(await readableFailure(written, codecs)).toMatchObject({
    message: 'Doris: a row of somebody',
    cause: { message: 'and another one' },
  });
});

test('a failure of before there was a key is read as it is', async () => {
  const codecs = payloadCodecs({ [KEY_VARIABLE]: key() });
  const failure = { message: 'a', cause: { message: 'b' } };
  expect(await readableFailure(failure, codecs)).toEqual(failure);
});

test('a key of the wrong length says how to make one', () => {
  expect(() => payloadCodecs({ [KEY_VARIABLE]: 'short' })).toThrow(/32 bytes/);
});
