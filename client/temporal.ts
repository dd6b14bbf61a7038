/**
 * The connection to Temporal, found the same way by the command and by the worker.
 *
 * In order of precedence: command-line flags, Temporal's own environment variables and configuration file
 * (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TEMPORAL_TLS…, TEMPORAL_API_KEY; read by
 * @temporalio/envconfig), the keys `temporal.*` of a worker.properties, the defaults of a server on this machine.
 */
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type ClientConnectConfig, loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { ClientError, errorMessage } from './errors.js';
import { payloadCodecs } from './payload-codec.js';
import { tlsProblem } from './tls-problem.js';

export const DEFAULT_ADDRESS = '127.0.0.1:7233';
export const DEFAULT_NAMESPACE = 'default';
export const DEFAULT_TASK_QUEUE = 'sluice';

const CONNECT_TIMEOUT_MS = 5_000;

export interface TemporalFlags {
  address?: string;
  namespace?: string;
  profile?: string;
  taskQueue?: string;
}

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** For Connection.connect and NativeConnection.connect alike: address, TLS, API key, metadata. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  /** Encrypts what goes into histories, where the environment has a key for it. */
  readonly dataConverter: DataConverter;
}

/**
 * Resolves where Temporal is and how to sign in.
 *
 * @param properties a worker.properties, for `temporal.address`, `temporal.namespace` and `temporal.task.queue`
 * @throws ClientError CONFIG_INVALID when the configuration file or an environment variable cannot be read
 */
export function resolveTemporalSettings(
  flags: TemporalFlags = {},
  properties: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = process.env,
): TemporalSettings {
  const profile = loadProfile(flags.profile, env);
  const address = flags.address ?? profile.address ?? properties['temporal.address'] ?? DEFAULT_ADDRESS;
  const namespace = flags.namespace ?? profile.namespace ?? properties['temporal.namespace'] ?? DEFAULT_NAMESPACE;
  const { connectionOptions } = toClientOptions({ ...profile, address, namespace });
  return {
    address,
    namespace,
    taskQueue: flags.taskQueue ?? properties['temporal.task.queue'] ?? DEFAULT_TASK_QUEUE,
    connectionOptions: withoutUndefined(connectionOptions),
    dataConverter: { payloadCodecs: payloadCodecs(env) },
  };
}

function loadProfile(profile: string | undefined, env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConfigProfile> {
  const variables = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  try {
    return loadClientConfigProfile({ overrideEnvVars: variables, ...(profile === undefined ? {} : { profile }) });
  } catch (error) {
    throw new ClientError('CONFIG_INVALID', `Temporal's client configuration cannot be used: ${errorMessage(error)}.`, {
      hint: 'Check TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the other TEMPORAL_ variables.',
      cause: error,
    });
  }
}

/** An open connection with its client; close it when done. */
export interface TemporalSession {
  readonly settings: TemporalSettings;
  readonly client: Client;
  close(): Promise<void>;
}

/**
 * Connects, or says within five seconds that Temporal does not answer.
 *
 * @throws ClientError TEMPORAL_UNREACHABLE
 */
export async function connectTemporal(settings: TemporalSettings): Promise<TemporalSession> {
  const options = { ...settings.connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS } as ConnectionOptions;
  const connection = await Connection.connect(options).catch(async (error: unknown) => {
    const problem = await tlsProblem(settings);
    throw problem === undefined ? temporalUnreachable(settings.address, error) : tlsFailed(settings, problem, error);
  });
  return {
    settings,
    client: new Client({ connection, namespace: settings.namespace, dataConverter: settings.dataConverter }),
    close: () => connection.close(),
  };
}

export function temporalUnreachable(address: string, cause: unknown): ClientError {
  const reason = isDeadline(cause) ? '' : `: ${errorMessage(cause)}`;
  return new ClientError('TEMPORAL_UNREACHABLE', `Temporal at ${address} does not answer${reason}.`, {
    hint: 'Start one by: sluice sandbox up. Or say where it is: --address host:port, TEMPORAL_ADDRESS.',
    cause,
  });
}

function tlsFailed({ address }: TemporalSettings, problem: string, cause: unknown): ClientError {
  return new ClientError('TEMPORAL_UNREACHABLE', `Temporal at ${address} does not answer, for TLS fails: ${problem}.`, {
    hint: 'Check TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME, and TEMPORAL_TLS_CLIENT_CERT_PATH with its key.',
    cause,
  });
}

/** The SDK reports a connection that was not made in time by this text alone. */
function isDeadline(error: unknown): boolean {
  return error instanceof Error && error.message.includes('before the deadline');
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
