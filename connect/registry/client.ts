import { Agent, type Dispatcher, request } from 'undici';
import { type Clock, systemClock } from '../clock.js';
import { SluiceError } from '../errors.js';
import { notRegistry, registryRefusal, registryUnreachable } from './errors.js';
import type { SchemaKey } from './framing.js';
import { type RegisteredSchema, type ResolvedSchema, readRegisteredSchema } from './schemas.js';
import type { RegistryAuthentication, RegistrySettings } from './settings.js';

const ACCEPT = 'application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json';

/** A schema of more bytes is none. */
const MAX_BODY_BYTES = 64 << 20;

/** A schema that is not there is asked for again after so long: a thousand such records are one question. */
const MISSING_TTL_MS = 10_000;

/** Answers that pass, because a registry restarts or has too much to do. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

interface Answer {
  readonly url: string;
  readonly status: number;
  readonly body: string;
}

interface Missing {
  readonly error: SluiceError;
  readonly untilMs: number;
}

/**
 * Asks a schema registry for schemas. What it has found stays: a schema never changes under its id. One client serves
 * all records of a connector; questions for the same schema at the same time are one.
 */
export class RegistryClient {
  readonly #agent: Agent;
  readonly #authorization: Record<string, string>;
  readonly #found = new Map<string, Promise<RegisteredSchema>>();
  readonly #missing = new Map<string, Missing>();
  /** The URL that answered last is asked first. */
  #preferred = 0;

  constructor(
    readonly settings: RegistrySettings,
    readonly clock: Clock = systemClock,
  ) {
    const { verifyHostname, ...material } = settings.tls;
    this.#agent = new Agent({
      connect: {
        ...material,
        timeout: settings.connectTimeoutMs,
        ...(verifyHostname ? {} : { checkServerIdentity: () => undefined }),
      },
      headersTimeout: settings.readTimeoutMs,
      bodyTimeout: settings.readTimeoutMs,
    });
    this.#authorization = authorizationOf(settings.authentication);
  }

  /** Closes the connections. Questions that are under way fail. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /**
   * The schema of an id or GUID with everything that it refers to.
   * @param subject where the registry is to look; some allow reading by subject only
   * @throws SluiceError RECORD_INVALID when the registry does not know it (40403), CONFIG_INVALID when it refuses the
   *   login or is no registry, a retryable error when it cannot be reached
   */
  async schema(key: SchemaKey, subject: string | undefined, signal: AbortSignal): Promise<ResolvedSchema> {
    const query = subject === undefined ? '' : `?subject=${encodeURIComponent(subject)}`;
    const schema =
      typeof key === 'number'
        ? await this.#cached(`/schemas/ids/${key}`, query, `schema ${key}`, signal)
        : await this.#cached(`/schemas/guids/${key}`, '', `schema ${key}`, signal);
    return await this.#resolved(schema, signal);
  }

  /** A version of a subject with everything that it refers to. Throws as `schema` does. */
  async version(subject: string, version: number, signal: AbortSignal): Promise<ResolvedSchema> {
    return await this.#resolved(await this.#version(subject, version, signal), signal);
  }

  async #version(subject: string, version: number, signal: AbortSignal): Promise<RegisteredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
    // Also one that was deleted since: records and schemas still name it.
    return await this.#cached(path, '?deleted=true', `version ${version} of the subject ${subject}`, signal);
  }

  async #resolved(schema: RegisteredSchema, signal: AbortSignal): Promise<ResolvedSchema> {
    const resolved = new Map<string, string>();
    await this.#collect(schema, resolved, new Set(), signal);
    return { ...schema, resolved: [...resolved].map(([name, text]) => ({ name, text })) };
  }

  /** Adds what a schema refers to, the innermost first. */
  async #collect(
    schema: RegisteredSchema,
    resolved: Map<string, string>,
    under: Set<string>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { name, subject, version } of schema.references) {
      if (resolved.has(name) || under.has(name)) continue;
      under.add(name);
      const reference = await this.#version(subject, version, signal);
      await this.#collect(reference, resolved, under, signal);
      resolved.set(name, reference.text);
    }
  }

  async #cached(path: string, query: string, what: string, signal: AbortSignal): Promise<RegisteredSchema> {
    const missing = this.#missing.get(path);
    if (missing !== undefined && this.clock.nowMs() < missing.untilMs) throw missing.error;
    this.#missing.delete(path);
    const known = this.#found.get(path);
    if (known !== undefined) return await this.#shared(known, path, query, what, signal);
    const asked = this.#ask(path, query, what, signal);
    this.#found.set(path, asked);
    try {
      return await asked;
    } catch (error) {
      this.#found.delete(path);
      if (error instanceof SluiceError && error.code === 'RECORD_INVALID') this.#remember(path, error);
      throw error;
    }
  }

  /** What somebody else asks for. When they give up, we ask ourselves. */
  async #shared(
    asked: Promise<RegisteredSchema>,
    path: string,
    query: string,
    what: string,
    signal: AbortSignal,
  ): Promise<RegisteredSchema> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof SluiceError || signal.aborted) throw error;
      return await this.#cached(path, query, what, signal);
    }
  }

  #remember(path: string, error: SluiceError): void {
    const nowMs = this.clock.nowMs();
    for (const [key, { untilMs }] of this.#missing) if (untilMs <= nowMs) this.#missing.delete(key);
    this.#missing.set(path, { error, untilMs: nowMs + MISSING_TTL_MS });
  }

  async #ask(path: string, query: string, what: string, signal: AbortSignal): Promise<RegisteredSchema> {
    const { url, status, body } = await this.#answer(path + query, signal);
    if (status !== 200) throw registryRefusal(url, what, status, body);
    const schema = readRegisteredSchema(body);
    if (schema === undefined) throw notRegistry(url, what);
    return schema;
  }

  /** The first answer that says something; errors that pass are waited out for a while. */
  async #answer(path: string, signal: AbortSignal): Promise<Answer> {
    const { urls, maxRetries, retryWaitMs, maxRetryWaitMs } = this.settings;
    for (let attempt = 0; ; attempt++) {
      const reasons: string[] = [];
      let cause: unknown;
      for (let turn = 0; turn < urls.length; turn++) {
        const index = (this.#preferred + turn) % urls.length;
        const url = urls[index] ?? '';
        try {
          const answer = await this.#get(url, path, signal);
          if (answer.status < 500 && !PASSING_STATUSES.has(answer.status)) {
            this.#preferred = index;
            return answer;
          }
          reasons.push(`${url} answers HTTP ${answer.status}${detailOf(answer.body)}`);
        } catch (error) {
          signal.throwIfAborted();
          cause = error;
          reasons.push(`${url}: ${reasonOf(error)}`);
        }
      }
      if (attempt >= maxRetries) throw registryUnreachable(urls, reasons, cause);
      const waitMs = Math.min(maxRetryWaitMs, retryWaitMs * 2 ** attempt);
      await this.clock.sleep(waitMs * (0.8 + Math.random() * 0.4), signal);
    }
  }

  async #get(url: string, path: string, signal: AbortSignal): Promise<Answer> {
    const response = await request(url + path, {
      method: 'GET',
      dispatcher: this.#agent,
      headers: { accept: ACCEPT, ...this.#authorization },
      signal,
    });
    return { url, status: response.statusCode, body: await textOf(response) };
  }
}

async function textOf({ body }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error(`it sends more than ${MAX_BODY_BYTES} bytes for a schema`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function authorizationOf(authentication: RegistryAuthentication): Record<string, string> {
  switch (authentication.kind) {
    case 'none':
      return {};
    case 'basic':
      return { authorization: `Basic ${Buffer.from(authentication.userInfo).toString('base64')}` };
    case 'bearer':
      return { authorization: `Bearer ${authentication.token}` };
  }
}

const DETAIL_CHARACTERS = 200;

function detailOf(body: string): string {
  const text = body.replace(/\s+/g, ' ').trim().slice(0, DETAIL_CHARACTERS);
  return text === '' ? '' : ` (${text})`;
}

/** Several addresses of a host fail as one error, whose own message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}
