/** The addresses of Doris front ends, as users write them in `doris.urls`. */

/** A front end: `httpPort` for loads, `queryPort` for SQL. */
export interface Frontend {
  readonly host: string;
  readonly httpPort: number;
  readonly queryPort: number;
}

export type FrontendAddress = { readonly host: string; readonly httpPort: number | undefined };

/**
 * Reads one address: `host`, `host:port`, `[ipv6]:port`, with or without `http://` in front and a slash behind.
 * Returns the reason where it is none.
 */
export function parseFrontend(text: string): FrontendAddress | string {
  if (/^https:/i.test(text)) return 'TLS to Doris is not available yet; give http addresses';
  const match = /^(?:http:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]?#]+))(?::(\d{1,5}))?\/*$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return `${hideUserInfo(text)} is not host, host:port or http://host:port`;
  const httpPort = match?.[3] === undefined ? undefined : Number(match[3]);
  if (httpPort !== undefined && (httpPort < 1 || httpPort > 65535)) return `${httpPort} is not a port`;
  return { host, httpPort };
}

function hideUserInfo(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/s, '$1…@');
}
