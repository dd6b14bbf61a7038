/** Certificates and stores for tests, made by the tools that users make theirs with: keytool and openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PASSWORD = 'changeit';

/** A folder of its own in which `keytool` and `openssl` run. */
export class CertificateFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'sluice-certificates-'));

  file(name: string): string {
    return join(this.path, name);
  }

  keytool(...parameters: string[]): void {
    execFileSync('keytool', parameters, { cwd: this.path, stdio: 'pipe' });
  }

  openssl(...parameters: string[]): void {
    execFileSync('openssl', parameters, { cwd: this.path, stdio: 'pipe' });
  }

  /**
   * A self-signed identity for `localhost` in a store of this type, its certificate beside it as `<alias>.pem`.
   *
   * @param validity as keytool takes it; two days from now by default
   */
  identity(
    alias: string,
    store: string,
    storeType: 'JKS' | 'PKCS12',
    algorithm: 'RSA' | 'EC' = 'RSA',
    validity: readonly string[] = ['-validity', '2'],
  ): void {
    const common = ['-alias', alias, '-keystore', store, '-storepass', PASSWORD];
    this.keytool(
      ...['-genkeypair', ...common, '-storetype', storeType, '-keypass', PASSWORD, '-keyalg', algorithm],
      ...['-dname', `CN=${alias}`, '-ext', 'SAN=dns:localhost', ...validity],
    );
    this.keytool('-exportcert', ...common, '-rfc', '-file', `${alias}.pem`);
  }

  /** A trust store with the certificate of `alias`. */
  trust(alias: string, store: string, storeType: 'JKS' | 'PKCS12'): void {
    const parameters = ['-importcert', '-noprompt', '-alias', alias, '-file', `${alias}.pem`, '-storetype', storeType];
    this.keytool(...parameters, '-keystore', store, '-storepass', PASSWORD);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
