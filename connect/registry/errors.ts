import { SluiceError } from '../errors.js';
import { readRegistryError } from './schemas.js';

/** What goes wrong with a registry, as users are to see it. */

/** No registry answered, or only with errors that pass: trying again can help. */
export function registryUnreachable(urls: readonly string[], reasons: readonly string[], cause?: unknown): SluiceError {
  return new SluiceError('REGISTRY_UNREACHABLE', `The schema registry cannot be reached: ${reasons.join('; ')}.`, {
    retryable: true,
    hint: 'Look whether the registry runs and whether value.converter.schema.registry.url is right.',
    context: { host: urls.join(','), key: 'value.converter.schema.registry.url' },
    cause,
  });
}

const NOT_FOUND_CODES: ReadonlySet<number> = new Set([40401, 40402, 40403]);

/**
 * The error for an answer that is no success and that trying again does not change.
 * @param what as `schema 42`
 */
export function registryRefusal(url: string, what: string, status: number, body: string): SluiceError {
  const error = readRegistryError(body);
  const words = error === undefined ? `HTTP ${status}` : `${error.message} (error code ${error.code})`;
  const context = { host: url };
  if (status === 401 || status === 403) {
    return new SluiceError('CONFIG_INVALID', `The schema registry refuses the login for ${what}: ${words}.`, {
      hint: 'Set value.converter.basic.auth.credentials.source=USER_INFO and value.converter.basic.auth.user.info=user:password, and let that user read the schemas.',
      context: { ...context, key: 'value.converter.basic.auth.user.info' },
    });
  }
  if (error !== undefined && NOT_FOUND_CODES.has(error.code)) {
    return new SluiceError('RECORD_INVALID', `The schema registry does not know ${what}: ${words}.`, {
      hint: 'Look whether the producer uses the same registry, and whether the schema was deleted there.',
      context,
    });
  }
  return new SluiceError('CONFIG_INVALID', `The schema registry does not answer for ${what}: ${words}.`, {
    hint: 'Look whether value.converter.schema.registry.url is that of a schema registry, with its path.',
    context: { ...context, key: 'value.converter.schema.registry.url' },
  });
}

/** A success that holds no schema. */
export function notRegistry(url: string, what: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', `What answers for ${what} is no schema registry.`, {
    hint: 'Look whether value.converter.schema.registry.url is that of a schema registry, with its path.',
    context: { host: url, key: 'value.converter.schema.registry.url' },
  });
}
