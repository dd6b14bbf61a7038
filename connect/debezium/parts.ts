/** Where the parts of a change event are in its payload. */
import { checkEnd } from '../converters/payload-rows.js';
import { walkObject } from '../json/index.js';

const ABSENT = -1;

/** Spans of the members that matter; -1 where there is none. */
export interface EventParts {
  beforeStart: number;
  beforeEnd: number;
  afterStart: number;
  afterEnd: number;
  opStart: number;
  opEnd: number;
  sourceStart: number;
  sourceEnd: number;
}

const BEFORE = Buffer.from('before');
const AFTER = Buffer.from('after');
const OP = Buffer.from('op');
const SOURCE = Buffer.from('source');

/** Finds the parts of an event: one and the same object, which the next call changes. */
export function createPartsFinder(): (source: Buffer, start: number, end: number) => EventParts {
  const parts: EventParts = {
    beforeStart: ABSENT,
    beforeEnd: ABSENT,
    afterStart: ABSENT,
    afterEnd: ABSENT,
    opStart: ABSENT,
    opEnd: ABSENT,
    sourceStart: ABSENT,
    sourceEnd: ABSENT,
  };
  let bytes: Buffer;

  function visit(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (isNamed(bytes, nameStart, nameEnd, AFTER)) {
      parts.afterStart = valueStart;
      parts.afterEnd = valueEnd;
    } else if (isNamed(bytes, nameStart, nameEnd, BEFORE)) {
      parts.beforeStart = valueStart;
      parts.beforeEnd = valueEnd;
    } else if (isNamed(bytes, nameStart, nameEnd, OP)) {
      parts.opStart = valueStart;
      parts.opEnd = valueEnd;
    } else if (isNamed(bytes, nameStart, nameEnd, SOURCE)) {
      parts.sourceStart = valueStart;
      parts.sourceEnd = valueEnd;
    }
  }

  return (source, start, end) => {
    bytes = source;
    parts.beforeStart = parts.afterStart = parts.opStart = parts.sourceStart = ABSENT;
    checkEnd(walkObject(source, start, end, visit), end);
    return parts;
  };
}

/** Whether the name between quotes is this one, which is never written with escapes. */
export function isNamed(source: Buffer, start: number, end: number, name: Buffer): boolean {
  const length = name.length;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index++) if (source[start + index] !== name[index]) return false;
  return true;
}
