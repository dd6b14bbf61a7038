/** A front end of its own for clients: a door to the double's front end that can be shut and opened again. */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

export class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private boundPort = 0;

  private constructor(private readonly targetPort: number) {}

  static async open(targetPort: number): Promise<Gate> {
    const gate = new Gate(targetPort);
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
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
