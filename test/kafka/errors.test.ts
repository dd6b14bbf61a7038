import { ResponseError } from '@platformatic/kafka';
import { SluiceError } from '../../connect/errors.js';
import { brokerError, connectionError, isMoved, responseError } from '../../kafka/errors.js';

test.each([
  [3, 'KAFKA_TOPIC_UNKNOWN', true],
  [6, 'KAFKA_PROTOCOL', true],
  [1, 'KAFKA_OFFSET_OUT_OF_RANGE', false],
  [29, 'KAFKA_AUTHORIZATION_FAILED', false],
  [30, 'KAFKA_AUTHORIZATION_FAILED', false],
  [58, 'KAFKA_AUTHENTICATION_FAILED', false],
  [12, 'KAFKA_PROTOCOL', false],
  [103, 'KAFKA_TOPIC_RECREATED', false],
  [-999, 'KAFKA_PROTOCOL', false],
])('Kafka error %i is %s, retryable: %s', (errorNumber, code, retryable) => {
  expect(brokerError(errorNumber)).toMatchObject({ code, retryable });
});

test.each([3, 5, 6, 9, 56, 74, 75, 78, 100])('error %i asks for fresh metadata', (errorNumber) => {
  expect(isMoved(errorNumber)).toBe(true);
});

test('the message has the name of the error, the broker’s words and the place', () => {
  const error = brokerError(6, { topic: 'orders', partition: 2 });

  expect(error.message).toMatch(/^Kafka: NOT_LEADER_OR_FOLLOWER: /);
  expect(error.context).toEqual({ topic: 'orders', partition: 2 });
});

test('a response with errors becomes its first error', () => {
  const response = new ResponseError(8, 8, { '/topics/0/partitions/0': [25, null] }, {});

  expect(responseError(response, 'consumer group orders')).toMatchObject({
    code: 'KAFKA_PROTOCOL',
    retryable: true,
    message: expect.stringMatching(/UNKNOWN_MEMBER_ID.*\(consumer group orders\)$/),
    hint: expect.stringMatching(/live members/),
  });
});

describe('failed connections', () => {
  const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

  test('network trouble can pass', () => {
    const error = connectionError(
      new Error('Connection to h:1 failed.', { cause: coded('refused', 'ECONNREFUSED') }),
      'h:1',
    );

    expect(error).toMatchObject({ code: 'KAFKA_UNREACHABLE', retryable: true, context: { host: 'h:1' } });
    expect(error.message).toMatch(/refused/);
  });

  test.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  ])('distrust (%s) does not', (code) => {
    expect(connectionError(new Error('failed', { cause: coded('no', code) }), 'h:1')).toMatchObject({
      code: 'KAFKA_AUTHENTICATION_FAILED',
      retryable: false,
    });
  });

  test('an error that is typed already stays what it is', () => {
    const typed = new SluiceError('KAFKA_AUTHENTICATION_FAILED', 'No token.', { retryable: true });

    expect(connectionError(new Error('failed', { cause: typed }), 'h:1')).toMatchObject({
      message: 'No token.',
      retryable: true,
      context: { host: 'h:1' },
    });
  });
});
