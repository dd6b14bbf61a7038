/**
 * Kafka's errors in Sluice's terms: which code, whether trying again can help, what to do.
 *
 * The broker's error numbers and texts come from `@platformatic/kafka` (generated from `Errors.java`).
 */
import { types } from 'node:util';
import { protocolErrors, protocolErrorsCodesById } from '@platformatic/kafka';
import { type ErrorCode, type ErrorContext, SluiceError } from '../connect/errors.js';

interface Meaning {
  code: ErrorCode;
  retryable: boolean;
  hint?: string;
}

const AUTHENTICATION: Meaning = {
  code: 'KAFKA_AUTHENTICATION_FAILED',
  retryable: false,
  hint: 'Check security.protocol, sasl.mechanism and the credentials.',
};
const AUTHORIZATION: Meaning = {
  code: 'KAFKA_AUTHORIZATION_FAILED',
  retryable: false,
  hint: 'Grant the missing access (ACL) to the Kafka user.',
};
const UNKNOWN_TOPIC: Meaning = {
  code: 'KAFKA_TOPIC_UNKNOWN',
  retryable: true,
  hint: 'Create the topic, or correct its name.',
};
const RECREATED: Meaning = {
  code: 'KAFKA_TOPIC_RECREATED',
  retryable: false,
  hint: 'The topic was deleted and created again. To read it from its start: stop the connector, reset its offsets (sluice connector offsets reset), resume it.',
};
const LIVE_GROUP: Meaning = {
  code: 'KAFKA_PROTOCOL',
  retryable: true,
  hint: 'The consumer group has live members: stop them, or give this connector a group of its own.',
};

/** What differs from "KAFKA_PROTOCOL, retryable if Kafka says so". */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  SASL_AUTHENTICATION_FAILED: AUTHENTICATION,
  UNSUPPORTED_SASL_MECHANISM: AUTHENTICATION,
  ILLEGAL_SASL_STATE: AUTHENTICATION,
  SECURITY_DISABLED: AUTHENTICATION,
  TOPIC_AUTHORIZATION_FAILED: AUTHORIZATION,
  GROUP_AUTHORIZATION_FAILED: AUTHORIZATION,
  CLUSTER_AUTHORIZATION_FAILED: AUTHORIZATION,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: AUTHORIZATION,
  UNKNOWN_TOPIC_OR_PARTITION: UNKNOWN_TOPIC,
  UNKNOWN_TOPIC_ID: UNKNOWN_TOPIC,
  INVALID_TOPIC_EXCEPTION: { ...UNKNOWN_TOPIC, retryable: false },
  INCONSISTENT_TOPIC_ID: RECREATED,
  OFFSET_OUT_OF_RANGE: { code: 'KAFKA_OFFSET_OUT_OF_RANGE', retryable: false },
  CORRUPT_MESSAGE: { code: 'KAFKA_CORRUPT_RECORD', retryable: true },
  UNKNOWN_MEMBER_ID: LIVE_GROUP,
  ILLEGAL_GENERATION: LIVE_GROUP,
  NON_EMPTY_GROUP: LIVE_GROUP,
  GROUP_SUBSCRIBED_TO_TOPIC: LIVE_GROUP,
};

/** Errors that say the partition has moved, or that this broker does not know it yet: refresh the metadata, ask again. */
const MOVED = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'LISTENER_NOT_FOUND',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

/** The name of a broker's error number, e.g. `NOT_LEADER_OR_FOLLOWER`. */
export function errorName(errorNumber: number): string {
  return lookUp(protocolErrorsCodesById, errorNumber)?.toString() ?? `error ${errorNumber}`;
}

/** True for an error of `brokerError` or `responseError` that stands for this name of Kafka's. */
export function isKafkaError(error: unknown, name: string): boolean {
  return error instanceof SluiceError && error.message.startsWith(`Kafka: ${name}`);
}

/** True when fresh metadata can make the same request succeed. */
export function isMoved(errorNumber: number): boolean {
  return MOVED.has(errorName(errorNumber));
}

/** The typed error for a broker's error number. `detail` is the broker's own text, where it sent one. */
export function brokerError(errorNumber: number, context: ErrorContext = {}, detail?: string | null): SluiceError {
  const name = errorName(errorNumber);
  const known = lookUp(protocolErrors, name) as { message?: string; canRetry?: boolean } | undefined;
  const meaning: Meaning = MEANINGS[name] ?? { code: 'KAFKA_PROTOCOL', retryable: known?.canRetry === true };
  const text = detail ?? known?.message;
  return new SluiceError(meaning.code, text === undefined ? `Kafka: ${name}.` : `Kafka: ${name}: ${text}`, {
    retryable: meaning.retryable,
    context,
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
  });
}

/**
 * The typed error for a response that holds errors: the first of them, with the broker's own text.
 *
 * @param about what the request was for, e.g. `consumer group orders`.
 */
export function responseError(error: Error, about: string): SluiceError {
  const refusal = causes(error).find((part) => numberOf(part) !== undefined);
  const typed = brokerError((refusal && numberOf(refusal)) ?? -1, {}, textOf(refusal));
  return new SluiceError(typed.code, `${typed.message} (${about})`, {
    retryable: typed.retryable,
    cause: refusal ?? error,
    ...(typed.hint === undefined ? {} : { hint: typed.hint }),
  });
}

/** Errors that Node's TLS raises when the two sides do not trust each other. */
const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** What to do about them, where they say enough. */
const TLS_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    'Renew the certificate of the broker; if it is still good, set the clock of the worker right.',
  ],
  [/^CERT_NOT_YET_VALID$/, 'Set the clock of the worker right, or wait until the certificate of the broker is valid.'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'Name the broker in bootstrap.servers and in its advertised listeners as its certificate does; an empty ssl.endpoint.identification.algorithm switches the check off.',
  ],
  [
    /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/,
    'Put the certificate of the authority that signed that of the broker into ssl.truststore.location or ssl.truststore.certificates.',
  ],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$/, 'The broker speaks no TLS at this port: correct the port, or security.protocol.'],
  [/^ERR_SSL_\w*ALERT/, 'The broker wants a certificate of the client that it trusts: set ssl.keystore.*.'],
];
const TLS_HINT = 'Check ssl.truststore.*, ssl.keystore.* and that the certificate names the host.';

/**
 * The typed error for whatever a connection attempt or a request failed with.
 *
 * @param host `host:port` of the broker.
 */
export function connectionError(error: unknown, host: string): SluiceError {
  const chain = causes(error);
  const typed = chain.find((cause) => cause instanceof SluiceError);
  if (typed !== undefined) return typed.within({ host });
  const context = { host };
  const words = describe(chain);

  if (chain.some(isAuthenticationError)) {
    return new SluiceError(AUTHENTICATION.code, `Authentication with Kafka failed: ${words}`, {
      context,
      cause: error,
      ...(AUTHENTICATION.hint === undefined ? {} : { hint: AUTHENTICATION.hint }),
    });
  }
  const tlsCode = chain.map(codeOf).find((code) => TLS_CODES.test(code));
  if (tlsCode !== undefined) {
    return new SluiceError('KAFKA_AUTHENTICATION_FAILED', `The TLS connection to Kafka failed: ${words}`, {
      context,
      cause: error,
      hint: TLS_HINTS.find(([code]) => code.test(tlsCode))?.[1] ?? TLS_HINT,
    });
  }
  const refusal = chain.map(numberOf).find((errorNumber) => errorNumber !== undefined);
  if (refusal !== undefined) return brokerError(refusal, context);
  return new SluiceError('KAFKA_UNREACHABLE', `Kafka cannot be reached: ${words}`, {
    retryable: true,
    context,
    cause: error,
    hint: 'Check bootstrap.servers, the advertised listeners of the brokers and security.protocol.',
  });
}

/** The error, its causes and, of aggregates, their parts. */
function causes(error: unknown): Error[] {
  if (!types.isNativeError(error)) return [];
  const parts = 'errors' in error && Array.isArray(error.errors) ? error.errors.flatMap(causes) : [];
  return [error, ...parts, ...causes(error.cause)];
}

function isAuthenticationError(error: Error): boolean {
  return codeOf(error) === 'PLT_KFK_AUTHENTICATION' || error.name === 'KafkaJSSASLAuthenticationError';
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

/** The broker's error number, on errors that stand for one: `apiCode` in @platformatic/kafka, `code` in kafkajs. */
function numberOf(error: Error): number | undefined {
  if ('apiCode' in error && typeof error.apiCode === 'number') return error.apiCode;
  return 'code' in error && typeof error.code === 'number' && 'type' in error ? error.code : undefined;
}

function textOf(error: Error | undefined): string | undefined {
  const text: unknown = error !== undefined && 'serverErrorMessage' in error ? error.serverErrorMessage : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The broker's own words where there are any, else the innermost cause. */
function describe(chain: Error[]): string {
  const said = chain.map(textOf).find((text) => text !== undefined);
  return said ?? chain.at(-1)?.message ?? 'unknown error';
}

function lookUp(table: object, key: string | number): unknown {
  return Object.hasOwn(table, key) ? Reflect.get(table, key) : undefined;
}
