import { parseJaas } from '../../kafka/settings/jaas.js';
import { PropertyReader } from '../../kafka/settings/properties.js';
import { readTls } from '../../kafka/settings/tls.js';
import type { TlsSettings } from '../../kafka/settings.js';
import { SluiceError } from '../errors.js';

export type RegistryAuthentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly userInfo: string }
  | { readonly kind: 'bearer'; readonly token: string };

export interface RegistrySettings {
  /** Without a slash at the end and without a login. They stand for the same registry. */
  readonly urls: readonly string[];
  readonly authentication: RegistryAuthentication;
  readonly tls: TlsSettings;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  /** How often to try all URLs again after an error that may pass. */
  readonly maxRetries: number;
  readonly retryWaitMs: number;
  readonly maxRetryWaitMs: number;
}

const URL_KEY = 'schema.registry.url';
const TLS_PREFIX = 'schema.registry.ssl.';

/**
 * Reads the registry's part of a converter's settings, as `value.converter.` precedes them: `schema.registry.url`,
 * `basic.auth.*`, `bearer.auth.*`, `schema.registry.ssl.*`, time-outs and retries, with the names of Confluent's
 * SchemaRegistryClientConfig.
 * @param prefix what precedes the keys in the user's configuration, for messages
 * @throws SluiceError CONFIG_INVALID with everything that is wrong
 */
export function readRegistrySettings(
  properties: Readonly<Record<string, string | undefined>>,
  prefix = 'value.converter.',
): RegistrySettings {
  const reader = new PropertyReader(properties);
  const urls = readUrls(reader);
  const settings: RegistrySettings = {
    urls: urls.map(withoutLogin),
    authentication: readAuthentication(reader, urls),
    tls: readRegistryTls(properties, reader),
    connectTimeoutMs: reader.integer('http.connect.timeout.ms', 10_000, 1),
    readTimeoutMs: reader.integer('http.read.timeout.ms', 30_000, 1),
    maxRetries: reader.integer('max.retries', 3, 0),
    retryWaitMs: reader.integer('retries.wait.ms', 1000, 0),
    maxRetryWaitMs: reader.integer('retries.max.wait.ms', 20_000, 0),
  };
  const [first] = reader.problems;
  if (first === undefined) return settings;
  const all = reader.problems.map(({ key, message }) => `${prefix}${key} ${message}`).join(' ');
  throw new SluiceError('CONFIG_INVALID', all, {
    hint: 'Correct the settings of the converter.',
    context: { key: `${prefix}${first.key}` },
  });
}

function readUrls(reader: PropertyReader): URL[] {
  const texts = reader
    .text(URL_KEY, '')
    .split(',')
    .map((text) => text.trim());
  const given = texts.filter((text) => text !== '');
  if (given.length === 0)
    reader.problem(URL_KEY, 'is missing: the converter needs the address of the schema registry.');
  return given.flatMap((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return [url];
    reader.problem(
      URL_KEY,
      `holds ${JSON.stringify(shown(text))}, which is not http://host:port or https://host:port.`,
    );
    return [];
  });
}

/** A wrong address may hold a password. */
function shown(text: string): string {
  return text.replace(/\/\/[^@/]*@/, '//');
}

function withoutLogin(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function readAuthentication(reader: PropertyReader, urls: readonly URL[]): RegistryAuthentication {
  const token = reader.secret('bearer.auth.token') ?? reader.secret('schema.registry.bearer.auth.token');
  const bearer = reader.optional('bearer.auth.credentials.source');
  if (bearer !== undefined || token !== undefined) return readBearer(reader, bearer ?? 'STATIC_TOKEN', token);
  const info = reader.secret('basic.auth.user.info') ?? reader.secret('schema.registry.basic.auth.user.info');
  const fallback = info === undefined ? 'URL' : 'USER_INFO';
  switch (reader.oneOf('basic.auth.credentials.source', ['URL', 'USER_INFO', 'SASL_INHERIT'], fallback)) {
    case 'USER_INFO':
      if (info !== undefined) return { kind: 'basic', userInfo: info };
      reader.problem(
        'basic.auth.user.info',
        'is missing: basic.auth.credentials.source=USER_INFO needs user:password.',
      );
      return { kind: 'none' };
    case 'SASL_INHERIT':
      return readSaslLogin(reader);
    case 'URL':
      return loginOf(urls);
  }
}

function readBearer(reader: PropertyReader, source: string, token: string | undefined): RegistryAuthentication {
  const key = 'bearer.auth.credentials.source';
  if (source.toUpperCase() !== 'STATIC_TOKEN') reader.problem(key, `is ${source}, but only STATIC_TOKEN can be used.`);
  else if (token === undefined) reader.problem('bearer.auth.token', 'is missing: STATIC_TOKEN needs it.');
  return token === undefined ? { kind: 'none' } : { kind: 'bearer', token };
}

function readSaslLogin(reader: PropertyReader): RegistryAuthentication {
  const jaas = parseJaas(reader.secret('sasl.jaas.config') ?? '');
  const { username, password } = jaas?.options ?? {};
  if (username !== undefined && password !== undefined) return { kind: 'basic', userInfo: `${username}:${password}` };
  reader.problem('sasl.jaas.config', 'holds no user name and password, which SASL_INHERIT needs.');
  return { kind: 'none' };
}

function loginOf(urls: readonly URL[]): RegistryAuthentication {
  const url = urls.find(({ username }) => username !== '');
  if (url === undefined) return { kind: 'none' };
  return { kind: 'basic', userInfo: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` };
}

/** The TLS settings are those of Kafka clients behind a prefix. */
function readRegistryTls(
  properties: Readonly<Record<string, string | undefined>>,
  reader: PropertyReader,
): TlsSettings {
  const own = Object.entries(properties).flatMap(([key, value]): [string, string | undefined][] =>
    key.startsWith(TLS_PREFIX) ? [[key.slice('schema.registry.'.length), value]] : [],
  );
  const tlsReader = new PropertyReader(Object.fromEntries(own));
  const tls = readTls(tlsReader);
  for (const { key, message } of tlsReader.problems) reader.problem(`schema.registry.${key}`, message);
  return tls;
}
