/** The addresses of Doris nodes, as users write them in `doris.urls` and in `doris.backend.address.map`. */

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
  const match = /^(?:https?:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]?#]+))(?::(\d{1,5}))?\/*$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return `${hideUserInfo(text)} is not host, host:port or http://host:port`;
  const httpPort = match?.[3] === undefined ? undefined : Number(match[3]);
  if (httpPort !== undefined && (httpPort < 1 || httpPort > 65535)) return `${httpPort} is not a port`;
  return { host, httpPort };
}

export interface AddressMapping {
  readonly from: FrontendAddress;
  readonly to: FrontendAddress;
}

/** Reads `internal=external` pairs, or gives the reason why one is none. */
export function parseAddressMapping(text: string): AddressMapping | string {
  const [from, to, ...rest] = text.split('=').map((side) => parseFrontend(side.trim()));
  if (typeof from === 'string') return from;
  if (from === undefined || to === undefined || rest.length > 0)
    return `${hideUserInfo(text)} is not internal=external`;
  if (typeof to === 'string') return to;
  if (from.httpPort === undefined && to.httpPort !== undefined) {
    return `${hideUserInfo(text)} maps every port to one: give the port of the internal address too`;
  }
  return { from, to };
}

function hideUserInfo(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/s, '$1…@');
}
