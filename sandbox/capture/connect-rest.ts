/** What the capture asks of Kafka Connect's REST interface. */
import { SluiceError } from '../../connect/errors.js';
import type { ConnectorProperties } from './source.js';

const REQUEST_TIMEOUT_MS = 30_000;

interface ConnectorStatus {
  readonly connector: TaskStatus;
  readonly tasks: readonly TaskStatus[];
}

interface TaskStatus {
  readonly state: string;
  readonly trace?: string;
}

export class ConnectRest {
  constructor(private readonly url: string) {}

  /** Starts a connector. Throws INTERNAL with what Connect says when it does not take the configuration. */
  async add(config: ConnectorProperties): Promise<void> {
    await this.ask(`/connectors/${config.name}/config`, { method: 'PUT', body: JSON.stringify(config) });
  }

  async remove(name: string): Promise<void> {
    await this.ask(`/connectors/${name}`, { method: 'DELETE' });
  }

  /** Throws INTERNAL with the trace of the first connector or task that has failed. */
  async check(): Promise<void> {
    const all = (await this.ask('/connectors?expand=status')) as Record<string, { status?: ConnectorStatus }>;
    for (const [name, { status }] of Object.entries(all)) {
      const failed = [status?.connector, ...(status?.tasks ?? [])].find((part) => part?.state === 'FAILED');
      if (failed !== undefined) throw new SluiceError('INTERNAL', `Connector ${name} has failed: ${failed.trace}`);
    }
  }

  private async ask(path: string, request: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      ...request,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const body = await response.text();
    if (!response.ok) throw new SluiceError('INTERNAL', `Kafka Connect: HTTP ${response.status} ${body}`);
    return body === '' ? undefined : JSON.parse(body);
  }
}
