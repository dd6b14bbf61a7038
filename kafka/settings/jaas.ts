/** One login of a JAAS configuration, as sasl.jaas.config holds it: `<module> <flag> key="value" …;` */

export interface JaasLogin {
  /** The class name of the login module. */
  module: string;
  options: Record<string, string>;
}

const HEAD = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)(?=[\s;])/i;
const OPTION = /\s*([\w.\-_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))/y;
const TAIL = /^\s*;?\s*$/;

/** Undefined when the text is not of that form. */
export function parseJaas(text: string): JaasLogin | undefined {
  const head = HEAD.exec(text);
  const module = head?.[1];
  if (head === null || module === undefined) return undefined;

  const options: Record<string, string> = {};
  let position = head[0].length;
  for (;;) {
    OPTION.lastIndex = position;
    const match = OPTION.exec(text);
    const name = match?.[1];
    if (match === null || name === undefined) break;
    const quoted = match[2] ?? match[3];
    options[name] = quoted === undefined ? (match[4] ?? '') : quoted.replace(/\\(.)/g, '$1');
    position = OPTION.lastIndex;
  }
  return TAIL.test(text.slice(position)) ? { module, options } : undefined;
}
