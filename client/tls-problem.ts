/** Why a TLS connection is not made: Temporal's client only says that none was made in time. */
import { once } from 'node:events';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { types } from 'node:util';
import type { TemporalSettings } from './temporal.js';

const CONNECT_TIMEOUT_MS = 3_000;
/** A server that does not take the client's certificate says so after the handshake (RFC 8446, 4.4.2.4). */
const REFUSAL_TIMEOUT_MS = 1_000;

/** In the words of the TLS library; undefined without TLS, and where TLS is not the problem. */
export async function tlsProblem({ address, connectionOptions }: TemporalSettings): Promise<string | undefined> {
  const { tls: settings } = connectionOptions;
  if (!settings) return undefined;
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = settings === true ? {} : settings;
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const servername = serverNameOverride ?? (isIP(host) === 0 ? host : undefined);
  const socket = tls.connect({
    host,
    port: Number(port),
    ALPNProtocols: ['h2'],
    ...(servername === undefined ? {} : { servername }),
    ...(serverRootCACertificate ? { ca: Buffer.from(serverRootCACertificate) } : {}),
    ...(clientCertPair ? { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) } : {}),
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    return await refusal(socket);
  } catch (error) {
    return reasonOf(error);
  } finally {
    socket.destroy();
  }
}

/** Waits for the server's first words; one that hangs up instead has looked at the client's certificate. */
async function refusal(socket: tls.TLSSocket): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(REFUSAL_TIMEOUT_MS);
  const hungUp = 'the server ends the connection, as it does when it does not take the certificate of the client';
  try {
    return await Promise.race([
      once(socket, 'data', { signal: timeout }).then(() => undefined),
      once(socket, 'close', { signal: timeout }).then(() => hungUp),
    ]);
  } catch (error) {
    return timeout.aborted ? undefined : (reasonOf(error) ?? hungUp);
  }
}

/** Errors of the certificates and of the handshake have codes of their own; others are not about TLS. */
function reasonOf(error: unknown): string | undefined {
  if (!types.isNativeError(error) || error.name === 'AbortError') return undefined;
  const { code = '', reason } = error as { code?: string; reason?: string };
  if (/^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(code)) return undefined;
  return reason ?? error.message;
}
