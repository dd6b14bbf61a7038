/** From KafkaSettings to what the two client libraries take. */
import { isIP } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { ConnectionOptions } from '@platformatic/kafka';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import type { BrokerAddress, KafkaSettings } from '../settings.js';
import { OauthTokens } from './oauth.js';

/** Requests that may wait for answers on one connection; a broker answers them in order. */
const MAX_REQUESTS_IN_FLIGHT = 100;

/** Options for one connection to one broker. */
export function connectionOptions(settings: KafkaSettings, address: BrokerAddress): ConnectionOptions {
  const tls = tlsOptions(settings);
  const sasl = saslOptions(settings);
  return {
    connectTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    maxInflights: MAX_REQUESTS_IN_FLIGHT,
    ...(tls === undefined ? {} : { tls }),
    // The server name of the TLS handshake (SNI): it must not be an IP address (RFC 6066).
    ...(tls === undefined || isIP(address.host) !== 0 ? {} : { tlsServerName: address.host }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

/** Options for kafkajs. Its retries are bounded: what lasts longer is for the caller's retry policy. */
export function kafkaJsConfig(settings: KafkaSettings): KafkaConfig {
  const tls = tlsOptions(settings);
  const sasl = kafkaJsSasl(settings);
  return {
    clientId: settings.clientId,
    brokers: settings.bootstrapServers.map(({ host, port }) =>
      host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    ),
    connectionTimeout: settings.connectTimeoutMs,
    authenticationTimeout: settings.requestTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    retry: { initialRetryTime: settings.retryBackoffMs, maxRetryTime: settings.requestTimeoutMs, retries: 8 },
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function tlsOptions({ tls }: KafkaSettings): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { verifyHostname, ...material } = tls;
  return verifyHostname ? material : { ...material, checkServerIdentity: () => undefined };
}

function saslOptions({ sasl, requestTimeoutMs }: KafkaSettings): ConnectionOptions['sasl'] {
  if (sasl === undefined) return undefined;
  if ('username' in sasl) return sasl;
  const tokens = new OauthTokens(sasl, requestTimeoutMs);
  return { mechanism: sasl.mechanism, token: () => tokens.token(), oauthBearerExtensions: sasl.extensions };
}

function kafkaJsSasl({ sasl, requestTimeoutMs }: KafkaSettings): SASLOptions | undefined {
  if (sasl === undefined) return undefined;
  if (!('username' in sasl)) {
    const tokens = new OauthTokens(sasl, requestTimeoutMs);
    const { extensions } = sasl;
    return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await tokens.token(), extensions }) };
  }
  const { username, password } = sasl;
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}
