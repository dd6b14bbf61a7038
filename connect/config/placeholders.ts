/**
 * Secrets by reference: `${env:NAME}`, `${file:/path/of.properties:key}` and `${dir:/path:file}` (also `directory`, the
 * name that Kafka Connect users often give it). They are resolved where they are needed, in activities, so that the
 * secrets themselves are never in workflow history.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SluiceError } from '../errors.js';
import type { RawConfig } from './keys.js';
import { parseProperties } from './properties.js';

const PLACEHOLDER = /\$\{([A-Za-z][\w-]*):([^}]*)\}/g;
const PROVIDERS = ['env:NAME', 'file:/path:key', 'dir:/path:file'].map((form) => `$\{${form}}`).join(', ');

export interface ResolveOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export function hasPlaceholder(text: string): boolean {
  return text.search(PLACEHOLDER) >= 0;
}

/**
 * Replaces all placeholders of a configuration. A resolved value is not looked at again.
 *
 * @throws SluiceError SECRET_UNRESOLVED, naming the key and the placeholder, never a value.
 */
export async function resolvePlaceholders(
  raw: RawConfig,
  options: ResolveOptions = {},
): Promise<Record<string, string>> {
  const resolver = new Resolver(options);
  const resolved: [string, string][] = [];
  for (const [key, text] of Object.entries(raw)) resolved.push([key, await resolver.resolve(key, text)]);
  return Object.fromEntries(resolved);
}

/** Where a placeholder stands, for errors. */
interface Place {
  readonly key: string;
  readonly placeholder: string;
}

class Resolver {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #signal: AbortSignal | undefined;
  readonly #texts = new Map<string, Promise<string>>();

  constructor({ env = process.env, signal }: ResolveOptions) {
    this.#env = env;
    this.#signal = signal;
  }

  async resolve(key: string, text: string): Promise<string> {
    let result = '';
    let end = 0;
    for (const match of text.matchAll(PLACEHOLDER)) {
      const [placeholder, provider = '', reference = ''] = match;
      result += text.slice(end, match.index) + (await this.#lookUp(provider, reference, { key, placeholder }));
      end = match.index + placeholder.length;
    }
    return result + text.slice(end);
  }

  async #lookUp(provider: string, reference: string, place: Place): Promise<string> {
    if (provider === 'env') {
      return ownValue(this.#env, reference) ?? unresolved(place, `The environment variable ${reference} is not set.`);
    }
    const colon = reference.lastIndexOf(':');
    const path = reference.slice(0, Math.max(colon, 0));
    const name = reference.slice(colon + 1);
    if (path === '' || name === '') return unresolved(place, `It has none of the forms ${PROVIDERS}.`);
    if (provider === 'file') {
      const properties = parseProperties(await this.#readText(path, place));
      return ownValue(properties, name) ?? unresolved(place, `The file ${path} has no key ${name}.`);
    }
    if (provider === 'dir' || provider === 'directory') {
      if (basename(name) !== name || name === '..') return unresolved(place, `${name} is not the name of a file.`);
      // Editors end files with a newline; no secret does.
      return (await this.#readText(join(path, name), place)).replace(/\r?\n$/, '');
    }
    return unresolved(place, `There is no provider ${provider}; the forms are ${PROVIDERS}.`);
  }

  async #readText(path: string, place: Place): Promise<string> {
    const text = this.#texts.get(path) ?? readFile(path, { encoding: 'utf8', signal: this.#signal });
    this.#texts.set(path, text);
    try {
      return await text;
    } catch (error) {
      this.#signal?.throwIfAborted();
      return unresolved(place, `${path} cannot be read.`, error);
    }
  }
}

/** Names come from users: `constructor` is a name like any other. */
function ownValue(values: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function unresolved({ key, placeholder }: Place, reason: string, cause?: unknown): never {
  throw new SluiceError('SECRET_UNRESOLVED', `Cannot resolve ${placeholder} in ${key}. ${reason}`, {
    context: { key },
    hint: 'Make the secret available to every worker process, then restart the connector.',
    cause,
  });
}
