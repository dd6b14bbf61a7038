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
import { Reach } from './dead-letter-positions.js';
import type { DeadLetter } from './dead-letters.js';
import type { Lease } from './lease.js';
import type { OutgoingLetter } from './ports.js';
import { reportBadRecords } from './report-bad-records.js';

/** A transaction takes about so many; a batch with more has several. */
const TRANSACTION_LETTERS = 5_000;
const TRANSACTION_BYTES = 8 << 20;

/** What became of the bad records. Letters that were there already count as well. */
export async function produceDeadLetters(
  { sink, log, group, deadLetters: queue }: OpenConnector,
  input: PrepareBatchInput,
  letters: readonly DeadLetter[],
  lease: Lease,
  logger: Logger,
): Promise<BadRecords | undefined> {
  if (letters.length === 0) return undefined;
  reportBadRecords(logger, input, sink.config, letters);
  if (queue === undefined) return { deadLetters: 0, skipped: letters.length };
  const sorted = [...letters].sort(byPlace);
  const write = (letter: DeadLetter) => outgoing(letter, input, sink.config);
  const reach = async () => new Reach(input.identity.id, await queue.positions(input.ranges, lease.signal));
  await queue.open(lease.signal);
  const missing = await missingIn(reach, sorted);
  if (missing.length === 0) return { deadLetters: letters.length, skipped: 0 };
  const committed = await log.groupOffsets(group, input.ranges, lease.signal);
  for (const part of inParts(missing)) {
    lease.check();
    await queue.transaction(
      input.task,
      async (transaction) => {
        // Asked for once more: from here on nobody else can write.
        const now = await reach();
        const unsent = part.filter((letter) => !now.has(letter));
        if (unsent.length === 0) return;
        await transaction.send(unsent.map(write));
        await transaction.moveTo(now.after(unsent, committed));
        lease.check();
      },
      lease.signal,
    );
  }
  return { deadLetters: letters.length, skipped: 0 };
}

async function missingIn(reach: () => Promise<Reach>, letters: readonly DeadLetter[]): Promise<DeadLetter[]> {
  const now = await reach();
  return letters.filter((letter) => !now.has(letter));
}

function outgoing(letter: DeadLetter, input: PrepareBatchInput, config: SinkConfig): OutgoingLetter {
  const { key, value, headers, timestamp } = letter;
  const own = config.deadLetters?.contextHeaders === true ? letterHeaders(letter, input, config) : [];
  return { key, value, headers: [...headers, ...own], ...(timestamp < 0n ? {} : { timestamp }) };
}

function inParts(letters: readonly DeadLetter[]): DeadLetter[][] {
  const parts: DeadLetter[][] = [];
  let sizeBytes = 0;
  for (const letter of letters) {
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
  return parts;
}

/** A position says that everything below is there: of each partition they go in the order of their offsets. */
function byPlace(one: DeadLetter, other: DeadLetter): number {
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1;
  if (one.partition !== other.partition) return one.partition - other.partition;
  return one.offset < other.offset ? -1 : 1;
}
