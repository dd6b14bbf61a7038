/** One client from its login to its last command. */

import type { Socket } from 'node:net';
import { DatabaseError, type QueryResult } from '../model.js';
import { binaryRowEncoder } from './binary.js';
import { ByteReader, ByteWriter, LENENC_NULL } from './bytes.js';
import { PacketChannel } from './channel.js';
import { fieldType } from './field-types.js';
import { type Login, parseChangeUser } from './handshake.js';
import { authenticate, ClientGone, greet } from './login.js';
import { PreparedStatements } from './prepared-statements.js';
import { CAPABILITIES, COMMANDS, STATUS } from './protocol.js';
import {
  columnPacket,
  endOfRowsPacket,
  eofPacket,
  errorPacket,
  okPacket,
  type RowEncoder,
  resultSetPackets,
  textRowPacket,
} from './replies.js';
import {
  ConnectionCut,
  type MysqlServerOptions,
  type MysqlSession,
  type OpenConnection,
  type StatementResult,
} from './session.js';

/** MySQL's connect_timeout and wait_timeout. */
const LOGIN_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 28_800_000;

const TEXT_ROWS = (): RowEncoder => textRowPacket;

export interface ServerView {
  /** COM_PROCESS_KILL. */
  kill(id: number): boolean;
  /** COM_STATISTICS. */
  statistics(): string;
}

export class Connection {
  readonly host: string;
  #channel: PacketChannel;
  readonly #prepared = new PreparedStatements();
  #capabilities = 0;
  #scramble: Buffer = Buffer.alloc(0);
  #user = '';
  #session: MysqlSession | undefined;
  #command: OpenConnection['command'] = 'Sleep';
  #sinceMs = Date.now();

  constructor(
    readonly id: number,
    readonly socket: Socket,
    readonly options: MysqlServerOptions,
    readonly server: ServerView,
  ) {
    this.#channel = new PacketChannel(socket);
    this.host = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  }

  describe(): OpenConnection {
    return {
      id: this.id,
      user: this.#user,
      host: `${this.host}:${this.socket.remotePort ?? 0}`,
      database: this.#session?.database,
      command: this.#command,
      sinceMs: this.#sinceMs,
    };
  }

  /** Serves the client until it quits, is killed, or the connection breaks. */
  async serve(): Promise<void> {
    this.socket.setNoDelay(true);
    this.socket.setTimeout(LOGIN_TIMEOUT_MS, () => this.socket.destroy());
    try {
      const { channel, response, scramble } = await greet(this.#channel, this.id, this.options);
      this.#channel = channel;
      this.#capabilities = response.capabilities;
      this.#scramble = scramble;
      await this.#logIn(response);
      await this.#channel.send([okPacket({ status: STATUS.AUTOCOMMIT })]);
      this.socket.setTimeout(IDLE_TIMEOUT_MS);
      await this.#serveCommands();
      this.#channel.socket.end();
    } catch (error) {
      await this.#refuse(error);
    }
  }

  /** A failed login is answered; a broken connection is only closed. */
  async #refuse(error: unknown): Promise<void> {
    if (error instanceof DatabaseError && !this.socket.destroyed) await this.#channel.send([errorPacket(error)]);
    if (error instanceof DatabaseError || error instanceof ClientGone) this.#channel.socket.end();
    else this.socket.destroy();
  }

  async #logIn(login: Login): Promise<void> {
    const { host } = this;
    await authenticate(this.#channel, login, this.#scramble, { authenticate: this.options.authenticate, host });
    this.#user = login.user;
    const session = this.#openSession();
    if (login.database !== undefined) session.use(login.database);
    this.#prepared.clear();
  }

  #openSession(): MysqlSession {
    this.#session = this.options.openSession({ user: this.#user, host: this.host, connectionId: this.id });
    return this.#session;
  }

  async #serveCommands(): Promise<void> {
    for (;;) {
      const payload = await this.#channel.receive();
      if (payload === undefined || payload[0] === COMMANDS.QUIT) return;
      this.#begin('Query');
      const reader = new ByteReader(payload.subarray(1));
      if (payload[0] === COMMANDS.CHANGE_USER) await this.#changeUser(reader);
      else await this.#serveCommand(payload[0] ?? 0, reader);
      this.#begin('Sleep');
    }
  }

  #begin(command: OpenConnection['command']): void {
    this.#command = command;
    this.#sinceMs = Date.now();
  }

  async #serveCommand(command: number, reader: ByteReader): Promise<void> {
    try {
      await this.#dispatch(command, reader, this.#session ?? this.#openSession());
    } catch (error) {
      if (error instanceof ConnectionCut) this.socket.resetAndDestroy();
      if (this.socket.destroyed) throw error;
      await this.#channel.send([errorPacket(error)]);
    }
  }

  async #dispatch(command: number, reader: ByteReader, session: MysqlSession): Promise<void> {
    switch (command) {
      case COMMANDS.QUERY:
        return this.#query(reader.rest().toString('utf8'), session);
      case COMMANDS.INIT_DB:
        session.use(reader.rest().toString('utf8'));
        return this.#ok();
      case COMMANDS.PING:
        return this.#ok();
      case COMMANDS.FIELD_LIST:
        return this.#fieldList(reader.nulString(), session);
      case COMMANDS.STATISTICS:
        return this.#channel.send([Buffer.from(this.server.statistics(), 'utf8')]);
      case COMMANDS.PROCESS_KILL:
        return this.#kill(reader.uint32());
      case COMMANDS.SET_OPTION:
        return this.#setOption(reader.uint16());
      case COMMANDS.RESET_CONNECTION:
        return this.#resetConnection(session.database);
      default:
        return this.#dispatchPrepared(command, reader, session);
    }
  }

  async #dispatchPrepared(command: number, reader: ByteReader, session: MysqlSession): Promise<void> {
    switch (command) {
      case COMMANDS.STMT_PREPARE:
        return this.#prepare(reader.rest().toString('utf8'), session);
      case COMMANDS.STMT_EXECUTE: {
        const { statement, parameters } = this.#prepared.bind(reader);
        return this.#reply(await statement.execute(parameters), binaryRowEncoder, STATUS.AUTOCOMMIT);
      }
      case COMMANDS.STMT_SEND_LONG_DATA:
        return this.#prepared.addLongData(reader);
      case COMMANDS.STMT_CLOSE:
        return this.#prepared.close(reader.uint32());
      case COMMANDS.STMT_RESET:
        this.#prepared.reset(reader.uint32());
        return this.#ok();
      default:
        throw new DatabaseError('Unknown command', 1047, '08S01');
    }
  }

  /** Every statement is run; a client that did not ask for multi-statements sees the last result only, as in Doris. */
  async #query(sql: string, session: MysqlSession): Promise<void> {
    const statements = session.statements(sql);
    if (statements.length === 0) return this.#ok();
    for (const [index, statement] of statements.entries()) {
      const result = await statement.execute([]);
      const last = index === statements.length - 1;
      if (last) await this.#reply(result, TEXT_ROWS, STATUS.AUTOCOMMIT);
      else if (this.#can('MULTI_STATEMENTS')) {
        await this.#reply(result, TEXT_ROWS, STATUS.AUTOCOMMIT | STATUS.MORE_RESULTS);
      }
    }
  }

  async #prepare(sql: string, session: MysqlSession): Promise<void> {
    const [statement, ...more] = session.statements(sql);
    if (statement === undefined || more.length > 0) {
      throw new DatabaseError('Exactly one statement can be prepared at a time', 1295, 'HY000');
    }
    const options = { status: STATUS.AUTOCOMMIT, deprecateEof: this.#can('DEPRECATE_EOF') };
    await this.#channel.send(this.#prepared.add(statement, options));
  }

  #reply(result: StatementResult, rows: Parameters<typeof resultSetPackets>[1], status: number): Promise<void> {
    if (!('columns' in result)) return this.#channel.send([okPacket({ ...result, status })]);
    return this.#channel.send(resultSetPackets(result, rows, { status, deprecateEof: this.#can('DEPRECATE_EOF') }));
  }

  /** The columns, each with its default (none), ended as a list of rows is. */
  #fieldList(table: string, session: MysqlSession): Promise<void> {
    const noDefault = new ByteWriter().uint8(LENENC_NULL).build();
    const source = { database: session.database ?? '', table };
    const packet = (column: QueryResult['columns'][number]): Buffer =>
      Buffer.concat([columnPacket(column.name, fieldType(column.type), source), noDefault]);
    const end = endOfRowsPacket(STATUS.AUTOCOMMIT, this.#can('DEPRECATE_EOF'));
    return this.#channel.send([...session.fields(table).map(packet), end]);
  }

  #kill(id: number): Promise<void> {
    if (!this.server.kill(id)) throw new DatabaseError(`Unknown thread id: ${id}`, 1094, 'HY000');
    return this.#ok();
  }

  /** 0 switches multi-statements on, 1 off; answered with an EOF packet. */
  #setOption(option: number): Promise<void> {
    if (option > 1) throw new DatabaseError('Unknown command', 1047, '08S01');
    if (option === 0) this.#capabilities |= CAPABILITIES.MULTI_STATEMENTS;
    else this.#capabilities &= ~CAPABILITIES.MULTI_STATEMENTS;
    const end = this.#can('DEPRECATE_EOF') ? okPacket({ status: STATUS.AUTOCOMMIT }) : eofPacket(STATUS.AUTOCOMMIT);
    return this.#channel.send([end]);
  }

  /** As another user; one who is refused loses the connection. */
  async #changeUser(reader: ByteReader): Promise<void> {
    await this.#logIn(parseChangeUser(reader.rest()));
    await this.#ok();
  }

  /** A fresh session of the same user, in the same database. */
  #resetConnection(database: string | undefined): Promise<void> {
    this.#prepared.clear();
    const session = this.#openSession();
    if (database !== undefined) session.use(database);
    return this.#ok();
  }

  #ok(): Promise<void> {
    return this.#channel.send([okPacket({ status: STATUS.AUTOCOMMIT })]);
  }

  #can(capability: keyof typeof CAPABILITIES): boolean {
    return (this.#capabilities & CAPABILITIES[capability]) !== 0;
  }
}
