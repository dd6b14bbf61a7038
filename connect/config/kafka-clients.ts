/** Kafka client properties: which keys a worker has, and what each client of a connector gets. */
import { family, oneOf, secret, string } from './field.js';
import type { RawConfig } from './keys.js';

const GROUP = 'Kafka';

/** How to reach the brokers. `kafka/settings.ts` reads the values; here they are declared. */
export const kafkaConnectionFields = {
  'bootstrap.servers': string()
    .default('localhost:9092')
    .doc('The Kafka brokers to start from: `host1:port1,host2:port2`.')
    .importance('HIGH')
    .group(GROUP),
  'client.id': string().doc('How the clients call themselves towards the brokers.').importance('LOW').group(GROUP),
  'security.protocol': oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL')
    .default('PLAINTEXT')
    .doc('How to talk to the brokers.')
    .importance('HIGH')
    .group(GROUP),
  'sasl.mechanism': oneOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER')
    .doc('The SASL mechanism, where `security.protocol` begins with `SASL_`.')
    .group(GROUP),
  'sasl.jaas.config': secret()
    .doc(
      'The login as Java clients have it: `org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";`',
    )
    .group(GROUP),
  'sasl.username': string().doc('The SASL user, in place of `sasl.jaas.config`.').group(GROUP).since('0.1.0'),
  'sasl.password': secret().doc('The SASL password, in place of `sasl.jaas.config`.').group(GROUP).since('0.1.0'),
  'ssl.truststore.location': string().doc('The file with the certificates to trust.').group(GROUP),
  'ssl.truststore.password': secret().doc('The password of the trust store.').group(GROUP),
  'ssl.truststore.type': oneOf('JKS', 'PKCS12', 'PEM')
    .default('JKS')
    .doc('The format of the trust store.')
    .group(GROUP),
  'ssl.truststore.certificates': string().doc('The certificates to trust, as PEM text.').group(GROUP),
  'ssl.keystore.location': string().doc("The file with the client's own key and certificate.").group(GROUP),
  'ssl.keystore.password': secret().doc('The password of the key store.').group(GROUP),
  'ssl.keystore.type': oneOf('JKS', 'PKCS12', 'PEM').default('JKS').doc('The format of the key store.').group(GROUP),
  'ssl.keystore.key': secret().doc("The client's private key, as PEM text.").group(GROUP),
  'ssl.keystore.certificate.chain': string().doc("The client's certificates, as PEM text.").group(GROUP),
  'ssl.key.password': secret().doc('The password of the private key.').group(GROUP),
  'ssl.endpoint.identification.algorithm': string()
    .doc("How the broker's name is checked against its certificate: `https`, or empty for not at all.")
    .otherwise('`https`')
    .importance('LOW')
    .group(GROUP),
  'ssl.*': family().doc('Other TLS settings of Kafka clients.').importance('LOW').group(GROUP),
  'sasl.*': family().doc('Other SASL settings of Kafka clients.').importance('LOW').group(GROUP),
};

export const KAFKA_CLIENT_ROLES = ['consumer', 'producer', 'admin'] as const;
export type KafkaClientRole = (typeof KAFKA_CLIENT_ROLES)[number];

/** `consumer.*` and the like, declared alike for workers and connectors. */
export const kafkaClientFamilies = {
  'consumer.*': family().doc('Settings for reading, over the general ones.').importance('LOW').group(GROUP),
  'producer.*': family().doc('Settings for dead letters, over the general ones.').importance('LOW').group(GROUP),
  'admin.*': family().doc('Settings for administration, over the general ones.').importance('LOW').group(GROUP),
};

/** What a connector may say on top of its worker. */
export const kafkaOverrideFamilies = {
  'consumer.override.*': family()
    .doc("Settings for reading, for this connector alone, over those of the worker's `consumer.*`.")
    .importance('LOW')
    .group(GROUP),
  'producer.override.*': family()
    .doc("Settings for dead letters, for this connector alone, over those of the worker's `producer.*`.")
    .importance('LOW')
    .group(GROUP),
  'admin.override.*': family()
    .doc("Settings for administration, for this connector alone, over those of the worker's `admin.*`.")
    .importance('LOW')
    .group(GROUP),
};

/** Keys of a worker that Kafka clients understand as they stand. */
const CLIENT_KEY =
  /^(bootstrap\.servers|client\.(id|rack|dns\.lookup)|security\.|sasl\.|ssl\.|socket\.|connections\.|reconnect\.|request\.timeout\.ms|retry\.backoff|metadata\.max\.age\.ms)/;

/**
 * The properties of one client of a connector, later ones winning: the worker's connection keys, the worker's
 * `<role>.*`, the connector's `<role>.*`, the connector's `<role>.override.*`. Both configurations are
 * expected under their declared names (`canonical`).
 */
export function kafkaClientProperties(
  role: KafkaClientRole,
  worker: RawConfig,
  connector: RawConfig = {},
): Record<string, string> {
  const general = Object.entries(worker).filter(([key]) => CLIENT_KEY.test(key));
  const override = `${role}.override.`;
  const plain = (raw: RawConfig) => members(raw, `${role}.`).filter(([key]) => !key.startsWith('override.'));
  return Object.fromEntries([...general, ...plain(worker), ...plain(connector), ...members(connector, override)]);
}

function members(raw: RawConfig, prefix: string): [string, string][] {
  return Object.entries(raw)
    .filter(([key]) => key.startsWith(prefix) && key.length > prefix.length)
    .map(([key, value]) => [key.slice(prefix.length), value]);
}
