/** Tokens for SASL/OAUTHBEARER: from a token endpoint (RFC 6749, 4.4, client credentials), or unsecured ones. */
import { SluiceError } from '../../connect/errors.js';
import type { OauthLogin, UnsecuredLogin } from '../settings/sasl.js';

/** A token is asked for anew when this part of its lifetime has passed (Java's sasl.login.refresh.window.factor). */
const REFRESH_AFTER_LIFETIME_PART = 0.8;
const UNSECURED_LIFETIME_SECONDS = 3600;

export class OauthTokens {
  #token = '';
  #refreshAtMs = 0;

  constructor(
    private readonly login: OauthLogin | UnsecuredLogin,
    private readonly timeoutMs: number,
  ) {}

  /**
   * A token that is still good.
   *
   * @throws SluiceError KAFKA_AUTHENTICATION_FAILED when the endpoint refuses, retryable when it does not answer.
   */
  async token(): Promise<string> {
    if ('subject' in this.login) return unsecuredToken(this.login.subject);
    if (Date.now() >= this.#refreshAtMs) await this.#fetch(this.login);
    return this.#token;
  }

  async #fetch(login: OauthLogin): Promise<void> {
    const askedAtMs = Date.now();
    const reply = await this.#ask(login);
    const { access_token: token, expires_in: lifetimeSeconds } = reply;
    if (typeof token !== 'string') throw refused(login, 'the reply has no access_token', false);
    this.#token = token;
    const lifetimeMs = typeof lifetimeSeconds === 'number' ? lifetimeSeconds * 1000 : 0;
    this.#refreshAtMs = askedAtMs + lifetimeMs * REFRESH_AFTER_LIFETIME_PART;
  }

  async #ask(login: OauthLogin): Promise<Record<string, unknown>> {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (login.scope !== undefined) form.set('scope', login.scope);
    const credentials = `${encodeURIComponent(login.clientId)}:${encodeURIComponent(login.clientSecret)}`;
    try {
      const response = await fetch(login.tokenEndpoint, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
        body: form,
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      const text = await response.text();
      if (!response.ok) throw refused(login, `HTTP ${response.status}: ${text.slice(0, 500)}`, response.status >= 500);
      const reply: unknown = JSON.parse(text);
      return typeof reply === 'object' && reply !== null ? { ...reply } : {};
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      throw refused(login, error instanceof Error ? error.message : String(error), true, error);
    }
  }
}

function refused(login: OauthLogin, reason: string, retryable: boolean, cause?: unknown): SluiceError {
  return new SluiceError('KAFKA_AUTHENTICATION_FAILED', `No token from ${login.tokenEndpoint}: ${reason}`, {
    retryable,
    cause,
    hint: 'Check sasl.oauthbearer.token.endpoint.url, clientId and clientSecret.',
  });
}

/** An unsigned JWT (`alg: none`), as Kafka's own unsecured login makes it. */
function unsecuredToken(subject: string): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const parts = [{ alg: 'none' }, { sub: subject, iat: nowSeconds, exp: nowSeconds + UNSECURED_LIFETIME_SECONDS }];
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
}
