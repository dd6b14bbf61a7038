/** The prepared statements of one connection. */

import { DatabaseError } from '../model.js';
import { type Parameter, parseExecute } from './binary.js';
import { type ByteReader, ByteWriter } from './bytes.js';
import { fieldType } from './field-types.js';
import { columnPacket, eofPacket } from './replies.js';
import type { MysqlStatement } from './session.js';

/** Parameter counts and ids are 16 and 32 bits wide in the protocol. */
const MAX_PARAMETERS = 0xffff;

interface Prepared {
  readonly statement: MysqlStatement;
  types: readonly number[];
  readonly longData: Map<number, Buffer>;
}

export class PreparedStatements {
  readonly #statements = new Map<number, Prepared>();
  #lastId = 0;

  /** Keeps a statement and returns the packets that tell the client its id and its parameters. */
  add(statement: MysqlStatement, options: { status: number; deprecateEof: boolean }): Buffer[] {
    if (statement.parameterCount > MAX_PARAMETERS) {
      throw new DatabaseError('Prepared statement contains too many placeholders', 1390, 'HY000');
    }
    const id = ++this.#lastId;
    this.#statements.set(id, { statement, types: [], longData: new Map() });
    const columnCount = 0; // the columns come with every execution
    const ok = new ByteWriter().uint8(0).uint32(id).uint16(columnCount).uint16(statement.parameterCount);
    const packets = [ok.zeros(3).build()];
    for (let index = 0; index < statement.parameterCount; index++)
      packets.push(columnPacket('?', fieldType('VARCHAR')));
    if (statement.parameterCount > 0 && !options.deprecateEof) packets.push(eofPacket(options.status));
    return packets;
  }

  /** Reads a COM_STMT_EXECUTE: the statement with the values for its parameters. */
  bind(reader: ByteReader): { statement: MysqlStatement; parameters: readonly Parameter[] } {
    const prepared = this.#get(reader.uint32(), 'mysqld_stmt_execute');
    const { parameterCount } = prepared.statement;
    const request = parseExecute(reader, { parameterCount, types: prepared.types, longData: prepared.longData });
    prepared.types = request.types;
    prepared.longData.clear();
    return { statement: prepared.statement, parameters: request.parameters };
  }

  /** COM_STMT_SEND_LONG_DATA: a piece of a parameter. It has no reply, not even an error. */
  addLongData(reader: ByteReader): void {
    const prepared = this.#statements.get(reader.uint32());
    const index = reader.uint16();
    const piece = reader.rest();
    prepared?.longData.set(index, Buffer.concat([prepared.longData.get(index) ?? Buffer.alloc(0), piece]));
  }

  reset(id: number): void {
    this.#get(id, 'mysqld_stmt_reset').longData.clear();
  }

  close(id: number): void {
    this.#statements.delete(id);
  }

  clear(): void {
    this.#statements.clear();
  }

  #get(id: number, caller: string): Prepared {
    const prepared = this.#statements.get(id);
    if (prepared !== undefined) return prepared;
    throw new DatabaseError(`Unknown prepared statement handler (${id}) given to ${caller}`, 1243, 'HY000');
  }
}
