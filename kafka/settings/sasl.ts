/** SASL settings: the mechanism, and the credentials from sasl.jaas.config or from keys of their own. */
import { type JaasLogin, parseJaas } from './jaas.js';
import type { PropertyReader } from './properties.js';

const PASSWORD_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const MECHANISMS = [...PASSWORD_MECHANISMS, 'OAUTHBEARER'] as const;

export interface PasswordLogin {
  mechanism: (typeof PASSWORD_MECHANISMS)[number];
  username: string;
  password: string;
}

/** OAuth 2 client credentials against a token endpoint. */
export interface OauthLogin {
  mechanism: 'OAUTHBEARER';
  tokenEndpoint: string;
  clientId: string;
  clientSecret: string;
  scope?: string;
  /** SASL extensions (`extension_<name>` in JAAS). */
  extensions: Record<string, string>;
}

/** Tokens without a signature, which Kafka's default handler makes for tests and development. */
export interface UnsecuredLogin {
  mechanism: 'OAUTHBEARER';
  subject: string;
  extensions: Record<string, string>;
}

export type SaslSettings = PasswordLogin | OauthLogin | UnsecuredLogin;

const JAAS = 'sasl.jaas.config';
const LOGIN_MODULES: Readonly<Record<(typeof MECHANISMS)[number], string>> = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule',
};

/** Undefined when there is a problem, which the reader then knows. */
export function readSasl(reader: PropertyReader): SaslSettings | undefined {
  const mechanism = readMechanism(reader);
  if (mechanism === undefined) return undefined;
  const login = readJaas(reader, LOGIN_MODULES[mechanism]);
  if (login === undefined) return undefined;
  return mechanism === 'OAUTHBEARER' ? readOauth(reader, login) : readPassword(reader, mechanism, login);
}

function readMechanism(reader: PropertyReader): (typeof MECHANISMS)[number] | undefined {
  const key = 'sasl.mechanism';
  const given = reader.optional(key) ?? 'GSSAPI';
  const mechanism = MECHANISMS.find((known) => known === given.toUpperCase());
  if (mechanism === undefined) {
    const which = reader.optional(key) === undefined ? 'is missing (the Java default, GSSAPI, is' : `"${given}" (is`;
    reader.problem(key, `${which} not supported); give one of ${MECHANISMS.join(', ')}.`);
  }
  return mechanism;
}

function readJaas(reader: PropertyReader, moduleName: string): JaasLogin | undefined {
  const text = reader.optional(JAAS);
  if (text === undefined) return { module: moduleName, options: {} };
  const login = parseJaas(text);
  if (login === undefined) {
    reader.problem(JAAS, `cannot be read: write it as <login module> required key="value" …;`);
  } else if (!login.module.endsWith(moduleName)) {
    reader.problem(JAAS, `names the login module ${login.module}, but sasl.mechanism needs ${moduleName}.`);
    return undefined;
  }
  return login;
}

function readPassword(
  reader: PropertyReader,
  mechanism: PasswordLogin['mechanism'],
  { options }: JaasLogin,
): PasswordLogin | undefined {
  const username = options.username ?? reader.optional('sasl.username');
  const password = options.password ?? reader.secret('sasl.password');
  if (username === undefined) reader.problem(JAAS, 'has no username (sasl.username is not set either).');
  if (password === undefined) reader.problem(JAAS, 'has no password (sasl.password is not set either).');
  return username === undefined || password === undefined ? undefined : { mechanism, username, password };
}

function readOauth(reader: PropertyReader, { options }: JaasLogin): OauthLogin | UnsecuredLogin | undefined {
  const extensions = Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      name.startsWith('extension_') ? [[name.slice('extension_'.length), value]] : [],
    ),
  );
  const subject = options.unsecuredLoginStringClaim_sub;
  if (subject !== undefined) return { mechanism: 'OAUTHBEARER', subject, extensions };

  const tokenEndpoint = reader.optional('sasl.oauthbearer.token.endpoint.url');
  const clientId = options.clientId ?? reader.optional('sasl.oauthbearer.client.credentials.client.id');
  const clientSecret = options.clientSecret ?? reader.secret('sasl.oauthbearer.client.credentials.client.secret');
  const scope = options.scope ?? reader.optional('sasl.oauthbearer.scope');
  if (tokenEndpoint === undefined || !URL.canParse(tokenEndpoint)) {
    reader.problem('sasl.oauthbearer.token.endpoint.url', 'must be the URL that issues tokens.');
  }
  if (clientId === undefined) reader.problem(JAAS, 'has no clientId.');
  if (clientSecret === undefined) reader.problem(JAAS, 'has no clientSecret.');
  if (tokenEndpoint === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  const login: OauthLogin = { mechanism: 'OAUTHBEARER', tokenEndpoint, clientId, clientSecret, extensions };
  return scope === undefined ? login : { ...login, scope };
}
