/**
 * Brings the bad records of a batch into the dead letter queue, before the batch is committed: by transactions that move
 * the queue's own consumer group with them. Whoever comes later, another attempt, another worker, another life of the
 * connector, sees there what is in the queue already.
 */

import type { Logger } from 'pino';
import type { SinkConfig } from '../connect/config/sink-connector.js';
import type { PrepareBatchInput } from '../workflows/core/activities.js';
import type { BadRecords } from '../workflows/core/model.js';
import type { OpenConnector } from './connector-pool.js';
import { letterHeaders } from './dead-letter-headers.js';
import { batchName, Reach } from './dead-letter-positions.js';
import type { DeadLetter } from './dead-letters.js';
import type { Lease } from './lease.js';
import type { DeadLetterQueue, OutgoingLetter } from './ports.js';
import { reportBadRecords } from './report-bad-records.js';

/** A transaction takes about so many; a batch with more has several. */
const TRANSACTION_LETTERS = 5_000;
const TRANSACTION_BYTES = 8 << 20;

/** What became of the bad records. Letters that were there already count as well. */
export async function produceDeadLetters(
  { sink, deadLetters: queue }: Pick<OpenConnector, 'sink' | 'deadLetters'>,
  input: PrepareBatchInput,
  letters: readonly DeadLetter[],
  lease: Lease,
  logger: Logger,
): Promise<BadRecords | undefined> {
  if (letters.length === 0) return undefined;
  reportBadRecords(logger, input, sink.config, letters);
  if (queue === undefined) return { deadLetters: 0, skipped: letters.length };
  const sorted = [...letters].sort(byPlace);
  const batch = batchName(input);
  const write = (letter: DeadLetter) => outgoing(letter, input, sink.config);
  await queue.open(lease.signal);
  if (await hasAll(queue, input, sorted, batch, lease.signal)) return { deadLetters: letters.length, skipped: 0 };
  const parts = inParts(sorted);
  for (const [index, part] of parts.entries()) {
    lease.check();
    const isLast = index === parts.length - 1;
    await queue.transaction(
      input.task,
      async (transaction) => {
        // Asked for once nobody else can write any more.
        const reach = new Reach(input.identity.id, await queue.positions(input.ranges, lease.signal));
        if (reach.hasMade(batch)) return;
        const missing = part.filter((letter) => !reach.has(letter));
        const positions = reach.after(part, isLast ? batch : undefined);
        if (missing.length > 0) await transaction.send(missing.map(write));
        await transaction.moveTo(positions);
        lease.check();
      },
      lease.signal,
    );
  }
  return { deadLetters: letters.length, skipped: 0 };
}

async function hasAll(
  queue: DeadLetterQueue,
  { ranges, identity }: PrepareBatchInput,
  letters: readonly DeadLetter[],
  batch: string,
  signal: AbortSignal,
): Promise<boolean> {
  const reach = new Reach(identity.id, await queue.positions(ranges, signal));
  return reach.hasMade(batch) || letters.every((letter) => reach.has(letter));
}

function outgoing(letter: DeadLetter, input: PrepareBatchInput, config: SinkConfig): OutgoingLetter {
  const { key, value, headers, timestamp } = letter;
  const own = config.deadLetters?.contextHeaders === true ? letterHeaders(letter, input, config) : [];
  return { key, value, headers: [...headers, ...own], ...(timestamp < 0n ? {} : { timestamp }) };
}

/** Those that were found late are all in the last part: nothing but the batch's own hash tells that they are there. */
function inParts(letters: readonly DeadLetter[]): DeadLetter[][] {
  const parts: DeadLetter[][] = [];
  let sizeBytes = 0;
  for (const letter of letters.filter(({ late }) => !late)) {
    const last = parts.at(-1);
    const ownBytes = (letter.key?.length ?? 0) + (letter.value?.length ?? 0);
    if (last === undefined || last.length >= TRANSACTION_LETTERS || sizeBytes + ownBytes > TRANSACTION_BYTES) {
      parts.push([letter]);
      sizeBytes = ownBytes;
    } else {
      last.push(letter);
      sizeBytes += ownBytes;
    }
  }
  const late = letters.filter((letter) => letter.late);
  return late.length === 0 ? parts : [...parts.slice(0, -1), [...(parts.at(-1) ?? []), ...late]];
}

/** A position says that everything below is there: of each partition they go in the order of their offsets. */
function byPlace(one: DeadLetter, other: DeadLetter): number {
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1;
  if (one.partition !== other.partition) return one.partition - other.partition;
  return one.offset < other.offset ? -1 : 1;
}
