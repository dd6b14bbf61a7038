/**
 * Users and their passwords, shared by the MySQL port and HTTP Basic authentication.
 *
 * Only SHA1(SHA1(password)) is kept, as `mysql_native_password` does.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { DatabaseError } from '../model.js';

export interface Accounts {
  has(user: string): boolean;
  /** HTTP Basic: is this the user's password? */
  checkPassword(user: string, password: string): boolean;
  /** The hash that `mysql_native_password` replies are checked against; undefined for an unknown user. */
  passwordHash(user: string): Buffer | undefined;
  create(user: string, password: string, options?: { ifNotExists?: boolean }): void;
  setPassword(user: string, password: string): void;
  drop(user: string, options?: { ifExists?: boolean }): void;
  /** Remembers a GRANT for SHOW GRANTS: privileges are recorded, not enforced. */
  grant(user: string, grant: string): void;
  grants(user: string): readonly string[];
}

const EMPTY_HASH = Buffer.alloc(0);

/** SHA1(SHA1(password)); the empty password is the empty hash. */
export function nativePasswordHash(password: string): Buffer {
  if (password === '') return EMPTY_HASH;
  const once = createHash('sha1').update(password, 'utf8').digest();
  return createHash('sha1').update(once).digest();
}

/** @param users names and clear passwords, for example `{ root: '' }` */
export function createAccounts(users: Readonly<Record<string, string>>): Accounts {
  const hashes = new Map(Object.entries(users).map(([user, password]) => [user, nativePasswordHash(password)]));
  const granted = new Map<string, string[]>();
  const known = (user: string): void => {
    if (!hashes.has(user)) {
      throw new DatabaseError(`user '${user}'@'%' does not exist`);
    }
  };
  return {
    has: (user) => hashes.has(user),
    checkPassword(user, password) {
      const expected = hashes.get(user);
      const given = nativePasswordHash(password);
      return expected !== undefined && expected.length === given.length && timingSafeEqual(expected, given);
    },
    passwordHash: (user) => hashes.get(user),
    create(user, password, options = {}) {
      if (!hashes.has(user)) hashes.set(user, nativePasswordHash(password));
      else if (options.ifNotExists !== true) {
        throw new DatabaseError(`User '${user}'@'%' already exist`);
      }
    },
    setPassword(user, password) {
      known(user);
      hashes.set(user, nativePasswordHash(password));
    },
    drop(user, options = {}) {
      if (options.ifExists !== true) known(user);
      hashes.delete(user);
      granted.delete(user);
    },
    grant(user, grant) {
      known(user);
      granted.set(user, [...(granted.get(user) ?? []), grant]);
    },
    grants: (user) => granted.get(user) ?? [],
  };
}
