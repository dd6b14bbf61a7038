/** The hash by which Java's producer gives keys their partitions: `Utils.murmur2` of Apache Kafka, a signed 32-bit number. */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

export function murmur2(key: Buffer): number {
  let hash = SEED ^ key.length;
  const whole = key.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let part = Math.imul(key.readInt32LE(at), M);
    part = Math.imul(part ^ (part >>> R), M);
    hash = Math.imul(hash, M) ^ part;
  }
  const left = key.length - whole;
  if (left > 0) hash = Math.imul(hash ^ key.readUIntLE(whole, left), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, as Java's default partitioner has it. */
export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
