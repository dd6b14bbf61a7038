/** An address of its own for clients: a door to a server that can be shut and opened again. */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type { Transform } from 'node:stream';

const HOST = '127.0.0.1';

/** What stands in the way of the bytes of one connection: from the client, and to it. */
export type Tap = (client: Socket) => readonly [asks: Transform, answers: Transform];

export class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private boundPort = 0;

  private constructor(
    private readonly targetPort: number,
    private readonly tap?: Tap,
  ) {}

  static async open(targetPort: number, tap?: Tap): Promise<Gate> {
    const gate = new Gate(targetPort, tap);
    await gate.start();
    return gate;
  }

  get port(): number {
    return this.boundPort;
  }

  /** Opens it, on the port it had before. */
  async start(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer((socket) => this.join(socket));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.boundPort, HOST, resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') this.boundPort = address.port;
  }

  /** Shuts it: connections are cut and new ones refused. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(client: Socket): void {
    const target = dial(this.targetPort, HOST);
    const [asks, answers] = this.tap?.(client) ?? [];
    for (const [one, other, between] of [
      [client, target, asks],
      [target, client, answers],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      if (between === undefined) one.pipe(other);
      else one.pipe(between).pipe(other);
    }
  }
}
