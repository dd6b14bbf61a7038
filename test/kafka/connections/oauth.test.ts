import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { OauthTokens } from '../../../kafka/connections/oauth.js';

/** A token endpoint of RFC 6749 that answers as it is told. */
let server: Server;
let tokenEndpoint: string;
let asked: { authorization: string | undefined; form: Record<string, string> }[];
let answer: (reply: ServerResponse, count: number) => void;

beforeAll(async () => {
  server = createServer((request: IncomingMessage, reply) => {
    void text(request).then((body) => {
      asked.push({ authorization: request.headers.authorization, form: Object.fromEntries(new URLSearchParams(body)) });
      answer(reply, asked.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tokenEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});

beforeEach(() => {
  asked = [];
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const LOGIN = { mechanism: 'OAUTHBEARER', extensions: {} } as const;

const tokens = (scope?: string, timeoutMs = 10_000) =>
  new OauthTokens(
    { ...LOGIN, tokenEndpoint, clientId: 'sluice', clientSecret: 's3:cr%t', ...(scope === undefined ? {} : { scope }) },
    timeoutMs,
  );

const grant = (lifetimeSeconds?: number) => (reply: ServerResponse, count: number) => {
  reply.end(JSON.stringify({ access_token: `token-${count}`, expires_in: lifetimeSeconds }));
};

test('asks with the client’s credentials, encoded as RFC 6749 demands, and the scope', async () => {
  answer = grant(60);

  expect(await tokens('kafka read').token()).toBe('token-1');
  const basic = Buffer.from('sluice:s3%3Acr%25t').toString('base64');
  expect(asked).toEqual([
    { authorization: `Basic ${basic}`, form: { grant_type: 'client_credentials', scope: 'kafka read' } },
  ]);
});

test('a token is used until four fifths of its time have passed', async () => {
  answer = grant(100);
  const login = tokens();
  const begunMs = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(begunMs);
  await login.token();
  clock.mockReturnValue(begunMs + 79_000);
  expect(await login.token()).toBe('token-1');
  clock.mockReturnValue(begunMs + 80_000);

  expect(await login.token()).toBe('token-2');
});

test('a token without a lifetime is used once', async () => {
  answer = grant();
  const login = tokens();

  expect([await login.token(), await login.token()]).toEqual(['token-1', 'token-2']);
});

test.each([
  ['a refusal', 401, '{"error":"invalid_client"}', false, 'HTTP 401: {"error":"invalid_client"}'],
  ['an endpoint in trouble', 503, 'try later', true, 'HTTP 503: try later'],
  ['a reply without a token', 200, '{"token_type":"bearer"}', false, 'the reply has no access_token'],
  ['a reply that is no object', 200, '"token"', false, 'the reply has no access_token'],
  ['a page in place of JSON', 200, '<html>', true, 'JSON'],
])('%s is told with the endpoint, and never with the secret', async (_, status, body, retryable, words) => {
  answer = (reply) => {
    reply.statusCode = status;
    reply.end(body);
  };
  const failure: unknown = await tokens()
    .token()
    .catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: 'KAFKA_AUTHENTICATION_FAILED', retryable });
  expect(String(failure)).toContain(`No token from ${tokenEndpoint}: `);
  expect(String(failure)).toContain(words);
  expect(JSON.stringify(failure)).not.toMatch(/s3:cr%t|s3%3Acr/);
});

test('an endpoint that does not answer is given up, for now', async () => {
  answer = () => undefined;

  await expect(tokens(undefined, 50).token()).rejects.toMatchObject({
    code: 'KAFKA_AUTHENTICATION_FAILED',
    retryable: true,
  });
});

test('an unsecured login makes a token without a signature, good for an hour', async () => {
  const token = await new OauthTokens({ ...LOGIN, subject: 'alice' }, 1_000).token();

  const [head = '', claims = '', signature] = token.split('.');
  const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(decode(head)).toEqual({ alg: 'none' });
  const now = Math.floor(Date.now() / 1000);
  expect(decode(claims)).toEqual({ sub: 'alice', iat: expect.closeTo(now, -1), exp: expect.closeTo(now + 3600, -1) });
  expect(signature).toBe('');
});
