/** The search of these tests finds what it is meant to find. */
import { occurrences, randomSecret } from './support/secret.js';

const secret = randomSecret();

test.each<[string, string]>([
  ['plain', `password=${secret};`],
  ['in a JSON document', JSON.stringify({ password: secret })],
  ['in a URL', `http://root:${encodeURIComponent(secret)}@be:8040/`],
  ['in a Basic header', `Basic ${btoa(`root:${encodeURIComponent(secret)}`)}`],
  ['in a Basic header of a longer name', `Basic ${Buffer.from(`loader:${secret}`).toString('base64')}`],
  ['in a payload as the command line shows it', Buffer.from(JSON.stringify({ a: 1, b: secret })).toString('base64')],
  ['cut off', secret.slice(0, -1)],
])('%s', (_title, text) => {
  expect(occurrences(text, secret)).not.toEqual([]);
});

test('what is not there is not found', () => {
  expect(occurrences(`Basic ${btoa('root:another')} password=[hidden]`, secret)).toEqual([]);
});
