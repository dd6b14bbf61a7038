/**
 * Which keys hold secrets, and how a configuration looks with them hidden. Pure, without any declaration: the workflow
 * answers queries with it.
 */

/** What is shown in place of a secret, as in Kafka. */
export const HIDDEN = '[hidden]';

/** Names that hold secrets even where no declaration says so, as in `consumer.*`. */
const SECRET_NAME =
  /password|passwd|secret|credential|token|jaas|authorization|private|api[._-]?key|(^|\.)ssl\..*key$/i;
/** Up to the last `@`: a password that nobody has encoded may hold one itself, or a slash. */
const USER_INFO = /\/\/[^\s,]*@/g;
const PLACEHOLDER_ONLY = /^\s*\$\{[A-Za-z][\w-]*:[^}]*\}\s*$/;

/** True for a value that is nothing but a placeholder: it names where a secret is, and is no secret itself. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER_ONLY.test(text);
}

/** The value as it may be shown; `declaredSecret` says what the name alone does not tell. */
export function maskValue(key: string, text: string, declaredSecret = false): string {
  const secret = (declaredSecret || SECRET_NAME.test(key)) && text !== '' && !isPlaceholder(text);
  return secret ? HIDDEN : text.replace(USER_INFO, `//${HIDDEN}@`);
}

/** Replaces every value whose key names a secret. */
export function maskByName(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, text]) => [key, maskValue(key, text)]));
}
