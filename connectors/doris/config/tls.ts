/** TLS to Doris, as the keys `doris.enable.tls` and `doris.tls.*` of the Java connector ask for it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { SluiceError } from '../../../connect/errors.js';

/** What `doris.tls.excluded-protocols` can take out of TLS. */
export const TLS_PROTOCOLS = ['http', 'mysql'] as const;
export type TlsProtocol = (typeof TLS_PROTOCOLS)[number];

export interface TlsSettings {
  /** The protocols that TLS is used for. */
  readonly protocols: readonly TlsProtocol[];
  /** PEM; absent: the authorities that Node.js knows. */
  readonly caCertificatePath: string | undefined;
  readonly verifyHostname: boolean;
}

/** What a TLS connection is made with. */
export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'checkServerIdentity'>;

/**
 * Reads the certificate file, once per open connector. Undefined where the protocol is not to be encrypted.
 *
 * @throws SluiceError CONFIG_INVALID when the file cannot be read or holds no certificate
 */
export function tlsOptions(settings: TlsSettings | undefined, protocol: TlsProtocol): TlsOptions | undefined {
  if (!settings?.protocols.includes(protocol)) return undefined;
  const { caCertificatePath, verifyHostname } = settings;
  return {
    ...(caCertificatePath === undefined ? {} : { ca: readAuthorities(caCertificatePath) }),
    // The chain is verified in any case; only the name is not, where the user says so.
    checkServerIdentity: verifyHostname ? checkServerIdentity : () => undefined,
  };
}

function readAuthorities(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    // Node takes anything for certificates and then trusts nobody: the first one is looked at here.
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `The certificates of doris.tls.ca-certificate-path cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        context: { key: 'doris.tls.ca-certificate-path' },
        cause: error,
        hint: 'Give the path of a PEM file that every worker can read, then restart the connector.',
      },
    );
  }
}
