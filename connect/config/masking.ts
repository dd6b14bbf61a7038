/** Hides secrets in a configuration that is shown to people: those that are declared, and those that a name gives away. */
import type { KeyIndex, RawConfig } from './keys.js';
import { maskValue } from './secret-names.js';

/** A value that is nothing but a placeholder is kept, as in Kafka Connect: it names where the secret is. */
export function maskSecrets(index: KeyIndex, raw: RawConfig): Record<string, string> {
  const shown = Object.entries(raw).map(([key, text]): [string, string] => {
    return [key, maskValue(key, text, index.find(key)?.field.spec.type === 'PASSWORD')];
  });
  return Object.fromEntries(shown);
}
