/** A server that can be stopped and started again on the port it had. */
import type { RunningServer } from './http.js';

export class SwitchableServer {
  private running: RunningServer | undefined;

  /** @param boundPort 0 takes any free port at the first start, and that one from then on */
  constructor(
    private boundPort: number,
    private readonly open: (port: number) => Promise<RunningServer>,
  ) {}

  /** The port it has, or had when it was last started. */
  get port(): number {
    return this.boundPort;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  async start(): Promise<void> {
    this.running ??= await this.open(this.boundPort);
    this.boundPort = this.running.port;
  }

  async stop(): Promise<void> {
    const server = this.running;
    this.running = undefined;
    await server?.close();
  }
}
