/**
 * Faults on purpose: a list of armed faults that the doubles ask at named points of their work.
 *
 * Deterministic: what fires follows from the order of the questions and from the seed of the fault.
 */
import { DatabaseError } from './model.js';

/**
 * Where a double asks. `fe.*` are HTTP requests to the frontend, but for `fe.ddl`, which are statements; `be.*` those to
 * the backend; `publish` is a step of its own.
 */
export const FAULT_POINTS = [
  'fe.redirect',
  'fe.2pc',
  'fe.backends',
  'fe.schema',
  'fe.load_state',
  'fe.query',
  'be.load',
  'be.2pc',
  'fe.ddl',
  'publish',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/**
 * `before` anything is done; in the `body`, while it comes in; when all is `received` and nothing is done yet; `after`
 * the effect, instead of the reply or with it.
 */
export const FAULT_PHASES = ['before', 'body', 'received', 'after'] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

export type FaultEffect =
  /** Any HTTP reply, for example a proxy's 502 page. */
  | { readonly kind: 'reply'; readonly status: number; readonly body: string; readonly contentType?: string }
  /** The connection is reset. In phase `after` this is a lost reply. */
  | { readonly kind: 'reset' }
  /** No reply until the client gives up. At `publish`: COMMITTED until the fault is disarmed or has expired. */
  | { readonly kind: 'hang' }
  /**
   * Goes on after a while. In the `body` each piece of it waits, as for a slow disk; at `publish` the transaction stays
   * COMMITTED for so long.
   */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The load, commit or question fails in the product's own form, for example with code `E-235`. */
  | { readonly kind: 'fail'; readonly code: string; readonly text?: string }
  /** The first bytes of the true reply; then the connection is reset, or the reply ends as if it were complete. */
  | { readonly kind: 'truncate'; readonly bytes: number; readonly complete?: boolean }
  /** 307 to `host:port`; without it back to where the request came in, which is a loop. */
  | { readonly kind: 'redirect'; readonly to?: string };

export type FaultEffectKind = FaultEffect['kind'];

/** The phases that each point has. */
export const POINT_PHASES: Readonly<Record<FaultPoint, readonly FaultPhase[]>> = {
  'fe.redirect': ['before', 'after'],
  'fe.2pc': ['before', 'after'],
  'fe.backends': ['before', 'after'],
  'fe.schema': ['before', 'after'],
  'fe.load_state': ['before', 'after'],
  'fe.query': ['before', 'after'],
  'be.load': ['before', 'body', 'received', 'after'],
  'be.2pc': ['before', 'after'],
  'fe.ddl': ['before', 'after'],
  publish: ['before'],
};

const SOME_EFFECTS: readonly FaultEffectKind[] = ['reply', 'reset', 'hang', 'delay', 'fail'];
/** The effects that each phase of an HTTP exchange has. */
export const PHASE_EFFECTS: Readonly<Record<FaultPhase, readonly FaultEffectKind[]>> = {
  before: [...SOME_EFFECTS, 'redirect'],
  body: SOME_EFFECTS,
  received: SOME_EFFECTS,
  after: [...SOME_EFFECTS, 'truncate'],
};
/** A publish is no HTTP exchange. */
export const PUBLISH_EFFECTS: readonly FaultEffectKind[] = ['delay', 'hang'];
/** Nor is a statement on the MySQL port. */
export const DDL_EFFECTS: readonly FaultEffectKind[] = ['reset', 'delay', 'fail'];

export interface Fault {
  readonly point: FaultPoint;
  readonly phase: FaultPhase;
  readonly effect: FaultEffect;
  /** Regular expressions over the whole name; absent matches everything. */
  readonly database?: string;
  readonly table?: string;
  readonly label?: string;
  /** `commit` or `abort`, at the `2pc` points; `create`, `alter` or `truncate` at `fe.ddl`. */
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
  /** Phase `body`: as soon as so many bytes have arrived; 1 by default. */
  readonly afterBytes?: number;
}

/** What narrows a fault down, by regular expressions and by numbers. */
export const FAULT_FILTERS = ['database', 'table', 'label', 'operation'] as const;
export const FAULT_NUMBERS = ['skip', 'every', 'times', 'probability', 'seed', 'expiresAtMs', 'afterBytes'] as const;

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

  /**
   * @returns the id to disarm it by
   * @throws DatabaseError for an effect that the point does not have in that phase
   */
  arm(fault: Fault): number {
    requirePossible(fault);
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

  /** Whether it is armed and has not expired. */
  holds(fault: Fault): boolean {
    return !isExpired(fault) && this.armed.some((each) => each.fault === fault);
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
  if (isExpired(fault)) return false;
  if (fault.probability !== undefined && armed.random() >= fault.probability) return false;
  armed.fired++;
  return true;
}

function isExpired({ expiresAtMs }: Fault): boolean {
  return expiresAtMs !== undefined && Date.now() >= expiresAtMs;
}

function isAbout(fault: Fault, subject: FaultSubject): boolean {
  return FAULT_FILTERS.every((name) => {
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

const EFFECT_FIELDS: Readonly<Record<FaultEffectKind, Readonly<Record<string, 'number' | 'string' | 'boolean'>>>> = {
  reply: { status: 'number', body: 'string', contentType: 'string' },
  reset: {},
  hang: {},
  delay: { delayMs: 'number' },
  fail: { code: 'string', text: 'string' },
  truncate: { bytes: 'number', complete: 'boolean' },
  redirect: { to: 'string' },
};
const REQUIRED_FIELDS: readonly string[] = ['status', 'body', 'delayMs', 'code', 'bytes'];
const FAULT_FIELDS: readonly string[] = ['point', 'phase', 'effect', ...FAULT_FILTERS, ...FAULT_NUMBERS];

/** Checks a fault that came in as JSON; throws DatabaseError that says what is wrong. */
export function parseFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw new DatabaseError('a fault is a JSON object');
  const { phase = 'before', ...rest } = value as Partial<Fault>;
  const fault = { phase, ...rest };
  const unknown = Object.keys(fault).find((name) => !FAULT_FIELDS.includes(name));
  if (unknown !== undefined) throw new DatabaseError(`a fault has no ${unknown}; it has ${FAULT_FIELDS.join(', ')}`);
  requireOneOf('point', fault.point, FAULT_POINTS);
  requireOneOf('phase', fault.phase, FAULT_PHASES);
  requireOneOf('effect.kind', fault.effect?.kind, Object.keys(EFFECT_FIELDS));
  for (const name of FAULT_FILTERS) {
    const pattern = fault[name];
    if (pattern !== undefined) requirePattern(name, pattern);
  }
  for (const name of FAULT_NUMBERS) {
    const number = fault[name];
    if (number !== undefined && typeof number !== 'number') throw new DatabaseError(`${name} must be a number`);
  }
  requireFields(fault.effect as FaultEffect);
  requirePossible(fault as Fault);
  return fault as Fault;
}

const OWN_EFFECTS: Readonly<Partial<Record<FaultPoint, readonly FaultEffectKind[]>>> = {
  publish: PUBLISH_EFFECTS,
  'fe.ddl': DDL_EFFECTS,
};

/** What the types cannot say: phases that a point has, effects that a phase has, numbers that make sense. */
function requirePossible({ point, phase, effect, every = 1, probability = 1 }: Fault): void {
  requireOneOf(`phase at ${point}`, phase, POINT_PHASES[point]);
  const effects = OWN_EFFECTS[point] ?? PHASE_EFFECTS[phase];
  requireOneOf(`effect.kind at ${point} in phase ${phase}`, effect.kind, effects);
  if (!(Number.isInteger(every) && every >= 1)) throw new DatabaseError('every must be a whole number from 1 on');
  if (!(probability >= 0 && probability <= 1)) throw new DatabaseError('probability must be between 0 and 1');
}

function requireFields(effect: FaultEffect): void {
  const given = effect as Readonly<Record<string, unknown>>;
  for (const [name, type] of Object.entries(EFFECT_FIELDS[effect.kind])) {
    const optional = !REQUIRED_FIELDS.includes(name) && given[name] === undefined;
    if (!optional && typeof given[name] !== type) throw new DatabaseError(`effect.${name} must be a ${type}`);
  }
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
