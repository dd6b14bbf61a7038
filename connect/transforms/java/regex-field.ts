/** Configuration keys that hold a regular expression of Java, and the routing of topics by one. */
import { type Field, string } from '../../config/field.js';
import { invalidSetting } from '../transform.js';
import { compileJavaRegex, type JavaRegex, RegexRefused } from './regex.js';
import { compileReplacement, type ReplaceFirst } from './replacement.js';

const HINT = 'The syntax is that of java.util.regex, without what JavaScript cannot do alike.';

export function regexText(): Field<string, false> {
  return string()
    .check((pattern) => {
      try {
        compileJavaRegex(pattern);
        return undefined;
      } catch (error) {
        if (error instanceof RegexRefused) return `Invalid regex: ${error.message}`;
        throw error;
      }
    })
    .hint(HINT);
}

/** What becomes of a name: undefined when the expression does not match the whole of it. */
export type Router = (name: string) => string | undefined;

/** As many names as this are remembered; topics are few. */
const REMEMBERED = 1000;

/**
 * Matches whole names and replaces the first match, as Kafka's RegexRouter. `replacementKey` is the key to blame.
 * @throws SluiceError CONFIG_INVALID
 */
export function compileRouter(pattern: string, replacement: string, replacementKey: string): Router {
  const regex = compileJavaRegex(pattern);
  const replace = replacer(regex, replacement, replacementKey);
  const known = new Map<string, string | undefined>();
  return (name) => {
    if (known.has(name)) return known.get(name);
    const routed = regex.whole.test(name) ? replace(name) : undefined;
    if (known.size >= REMEMBERED) known.clear();
    known.set(name, routed);
    return routed;
  };
}

function replacer(regex: JavaRegex, replacement: string, key: string): ReplaceFirst {
  try {
    return compileReplacement(regex, replacement);
  } catch (error) {
    if (!(error instanceof RegexRefused)) throw error;
    throw invalidSetting(key, `Invalid replacement ${replacement}: ${error.message}`);
  }
}
