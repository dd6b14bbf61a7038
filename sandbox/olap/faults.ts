/**
 * Faults on purpose: a list of armed faults that the doubles ask at named points of their work.
 *
 * Deterministic: what fires follows from the order of the questions and from the seed of the fault.
 */
import { DatabaseError } from './model.js';

/** Where a double asks. `fe.*` are HTTP requests to the frontend, `be.*` to the backend, `publish` is a step of its own. */
export const FAULT_POINTS = [
  'fe.redirect',
  'fe.2pc',
  'fe.backends',
  'fe.schema',
  'fe.load_state',
  'fe.query',
  'be.load',
  'be.2pc',
  'publish',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/**
 * `before` anything is done, in the middle of the `body`, `after` the effect and instead of the reply. In the body the
 * effect is `fail` or else `reset`.
 */
export const FAULT_PHASES = ['before', 'body', 'after'] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

export type FaultEffect =
  /** Any HTTP reply, for example a proxy's 502 page. */
  | { readonly kind: 'reply'; readonly status: number; readonly body: string; readonly contentType?: string }
  /** The connection is reset. In phase `after` this is a lost reply. */
  | { readonly kind: 'reset' }
  /** No reply until the client gives up. */
  | { readonly kind: 'hang' }
  /** Goes on after a while. At `publish`: the transaction stays COMMITTED for so long. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The load fails in the product's own form, for example code `E-235`. */
  | { readonly kind: 'fail'; readonly code: string; readonly text?: string };

export interface Fault {
  readonly point: FaultPoint;
  readonly phase: FaultPhase;
  readonly effect: FaultEffect;
  /** Regular expressions over the whole name; absent matches everything. */
  readonly database?: string;
  readonly table?: string;
  readonly label?: string;
  /** `commit` or `abort`, at the `2pc` points. */
  readonly operation?: string;
  /** Lets so many matches pass first. */
  readonly skip?: number;
  /** Fires at every n-th match. */
  readonly every?: number;
  /** Fires at most so often. */
  readonly times?: number;
  /** Fires with this probability, by a generator of its own. */
  readonly probability?: number;
  readonly seed?: number;
  /** Does not fire from this moment on, in ms since 1970. */
  readonly expiresAtMs?: number;
  /** Phase `body`: after so many bytes. */
  readonly afterBytes?: number;
}

/** What is asked about. */
export interface FaultSubject {
  readonly database?: string | undefined;
  readonly table?: string | undefined;
  readonly label?: string | undefined;
  readonly operation?: string | undefined;
}

interface ArmedFault {
  readonly id: number;
  readonly fault: Fault;
  readonly random: () => number;
  matched: number;
  fired: number;
}

/** An armed fault and how often it was met and has fired. */
export interface FaultReport {
  readonly id: number;
  readonly fault: Fault;
  readonly matched: number;
  readonly fired: number;
}

export class Faults {
  private armed: ArmedFault[] = [];
  private nextId = 1;

  /** @returns the id to disarm it by */
  arm(fault: Fault): number {
    const id = this.nextId++;
    this.armed.push({ id, fault, random: generator(fault.seed ?? id), matched: 0, fired: 0 });
    return id;
  }

  /** Disarms one fault, or all of them. */
  disarm(id?: number): void {
    this.armed = id === undefined ? [] : this.armed.filter((each) => each.id !== id);
  }

  list(): readonly FaultReport[] {
    return this.armed.map(({ id, fault, matched, fired }) => ({ id, fault, matched, fired }));
  }

  /** The first armed fault that fires here. Asking counts. */
  take(point: FaultPoint, phase: FaultPhase, subject: FaultSubject = {}): Fault | undefined {
    return this.armed.find((each) => fires(each, point, phase, subject))?.fault;
  }
}

function fires(armed: ArmedFault, point: FaultPoint, phase: FaultPhase, subject: FaultSubject): boolean {
  const { fault } = armed;
  if (fault.point !== point || fault.phase !== phase || !isAbout(fault, subject)) return false;
  armed.matched++;
  const turn = armed.matched - (fault.skip ?? 0);
  if (turn <= 0 || turn % (fault.every ?? 1) !== 0 || armed.fired >= (fault.times ?? Infinity)) return false;
  if (fault.expiresAtMs !== undefined && Date.now() >= fault.expiresAtMs) return false;
  if (fault.probability !== undefined && armed.random() >= fault.probability) return false;
  armed.fired++;
  return true;
}

function isAbout(fault: Fault, subject: FaultSubject): boolean {
  return (['database', 'table', 'label', 'operation'] as const).every((name) => {
    const pattern = fault[name];
    return pattern === undefined || new RegExp(`^(?:${pattern})$`).test(subject[name] ?? '');
  });
}

/** Mulberry32: the same seed gives the same numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Checks a fault that came in as JSON; throws DatabaseError that says what is wrong. */
export function parseFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw new DatabaseError('a fault is a JSON object');
  const { phase = 'before', ...rest } = value as Partial<Fault>;
  const fault = { phase, ...rest };
  requireOneOf('point', fault.point, FAULT_POINTS);
  requireOneOf('phase', fault.phase, FAULT_PHASES);
  requireOneOf('effect.kind', fault.effect?.kind, ['reply', 'reset', 'hang', 'delay', 'fail']);
  for (const name of ['database', 'table', 'label', 'operation'] as const) {
    const pattern = fault[name];
    if (pattern !== undefined) requirePattern(name, pattern);
  }
  for (const name of ['skip', 'every', 'times', 'probability', 'seed', 'expiresAtMs', 'afterBytes'] as const) {
    const number = fault[name];
    if (number !== undefined && typeof number !== 'number') throw new DatabaseError(`${name} must be a number`);
  }
  return fault as Fault;
}

function requireOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  throw new DatabaseError(`${name} must be one of ${allowed.join(', ')}`);
}

function requirePattern(name: string, pattern: unknown): void {
  try {
    if (typeof pattern === 'string' && new RegExp(pattern)) return;
  } catch {
    // told below
  }
  throw new DatabaseError(`${name} must be a regular expression`);
}
