/**
 * The pass-through in WebAssembly (AssemblyScript, compiled by scripts/generate-wasm.ts): walks the records of one batch
 * and copies their values, each as a line, sixteen bytes at a time and looking at every byte on the way.
 *
 * It is sure of what it takes and leaves everything else to the reader in TypeScript, which tells what is wrong.
 * The layout of a record is in ../../protocol/scan-records.ts.
 */

/** What a call begins with and leaves behind, as 32-bit integers from address 0 on. */
const POSITION: usize = 0;
const INDEX: usize = 4;
const OUT: usize = 8;
const ROWS: usize = 12;
const NEXT_DELTA: usize = 16;

const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const LEFT_BRACE: u8 = 0x7b;
const RIGHT_BRACE: u8 = 0x7d;

/** A value is a JSON object without control characters; otherwise any text of one line. */
const JSON_OBJECTS: i32 = 1;

/** How a call ends. */
const DONE: i32 = 0;
const LEFT: i32 = 1;

/** Where the walk is. */
let at: usize = 0;

function varint(): i32 {
  let byte: u32 = load<u8>(at++);
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value: u32 = byte & 0x7f;
  for (let shift: u32 = 7; shift <= 28; shift += 7) {
    byte = load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return (value >>> 1) ^ -(value & 1);
}

/** Copies the bytes of one value; false when one of them may not be part of a line. */
function copyLine(from: usize, to: usize, size: usize, json: bool): bool {
  let found = i8x16.splat(0);
  const limit = i8x16.splat(json ? <i8>SPACE : <i8>NEWLINE);
  if (size >= 16) {
    const last = from + size - 16;
    const shift = to - from;
    for (; from < last; from += 16) {
      const bytes = v128.load(from);
      v128.store(from + shift, bytes);
      found = v128.or(found, json ? i8x16.lt_u(bytes, limit) : i8x16.eq(bytes, limit));
    }
    const bytes = v128.load(last);
    v128.store(last + shift, bytes);
    found = v128.or(found, json ? i8x16.lt_u(bytes, limit) : i8x16.eq(bytes, limit));
    return !v128.any_true(found);
  }
  for (let index: usize = 0; index < size; index++) {
    const byte = load<u8>(from + index);
    if (json ? byte < SPACE : byte == NEWLINE) return false;
    store<u8>(to + index, byte);
  }
  return true;
}

/**
 * Copies lines until the batch is done, the room is used up, or a record is to be looked at by others.
 *
 * @param input address of the batch's records, `size` bytes
 * @param count records that the batch says it has
 * @param baseDelta the batch's base offset minus the start of the range; `first` and `end` bound the deltas wanted
 * @param output address of the room for lines, `room` bytes
 */
export function copyLines(
  input: usize,
  size: usize,
  count: i32,
  baseDelta: i32,
  first: i32,
  end: i32,
  output: usize,
  room: usize,
  rules: i32,
): i32 {
  const limit = input + size;
  const outputLimit = output + room;
  const json = rules == JSON_OBJECTS;
  let position: usize = input + load<u32>(POSITION);
  let index = load<i32>(INDEX);
  let out = output;
  let rows: i32 = 0;
  let nextDelta = load<i32>(NEXT_DELTA);
  let outcome = DONE;
  while (index < count) {
    at = position;
    if (at + 5 > limit) {
      outcome = LEFT;
      break;
    }
    const length = varint();
    const recordEnd = at + length;
    // The shortest record has six bytes; what is read of its lengths stays within it or the bytes that follow it.
    if (length < 6 || recordEnd > limit) {
      outcome = LEFT;
      break;
    }
    at++;
    while (at < recordEnd && load<u8>(at) >= 0x80) at++;
    at++;
    const delta = baseDelta + varint();
    if (delta < first) {
      position = recordEnd;
      index++;
      continue;
    }
    if (delta >= end) break;
    const keySize = varint();
    if (keySize > 0) at += keySize;
    if (at >= recordEnd) {
      outcome = LEFT;
      break;
    }
    const valueSize = varint();
    const value = at;
    if (valueSize < 2 || value + valueSize >= recordEnd || out + valueSize + 1 > outputLimit) {
      outcome = LEFT;
      break;
    }
    at += valueSize;
    const headers = varint();
    if (headers < 0 || (headers == 0 && at != recordEnd) || at > recordEnd) {
      outcome = LEFT;
      break;
    }
    const isObject = load<u8>(value) == LEFT_BRACE && load<u8>(value + valueSize - 1) == RIGHT_BRACE;
    if ((json && !isObject) || !copyLine(value, out, valueSize, json)) {
      outcome = LEFT;
      break;
    }
    out += valueSize;
    store<u8>(out++, NEWLINE);
    rows++;
    nextDelta = delta + 1;
    position = recordEnd;
    index++;
  }
  store<u32>(POSITION, <u32>(position - input));
  store<i32>(INDEX, index);
  store<u32>(OUT, <u32>(out - output));
  store<i32>(ROWS, rows);
  store<i32>(NEXT_DELTA, nextDelta);
  return outcome;
}
