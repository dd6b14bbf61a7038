/** Faults in the middle of DDL: what an armed fault does to a statement on the MySQL port. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPhase } from '../faults.js';
import { ConnectionCut } from '../mysql/session.js';
import type { OkResult } from './context.js';
import { ddlError } from './errors.js';
import type { TableName } from './reader.js';
import type { SqlSession } from './session.js';

/** Runs a statement; with `after`, it is done before the fault keeps the client from knowing. */
export async function withFaults(
  session: SqlSession,
  operation: 'create' | 'alter' | 'truncate',
  { database, name }: TableName,
  statement: () => Promise<OkResult>,
): Promise<OkResult> {
  const subject = { database: database ?? session.database, table: name, operation };
  const inject = async (phase: FaultPhase): Promise<void> => {
    const effect = session.context.faults.take('fe.ddl', phase, subject)?.effect;
    if (effect?.kind === 'reset') throw new ConnectionCut();
    if (effect?.kind === 'delay') await sleep(effect.delayMs);
    if (effect?.kind === 'fail') throw ddlError(effect.text ?? `${effect.code}: injected by the sandbox`);
  };
  await inject('before');
  const result = await statement();
  await inject('after');
  return result;
}
