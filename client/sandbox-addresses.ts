/**
 * Where the servers of a sandbox are, and what a worker and a connector have to know to reach them.
 */
import type { SandboxStatus } from '../sandbox/index.js';
import { ClientError } from './errors.js';

export interface SandboxAddresses {
  readonly temporal: string;
  readonly webUi: string;
  readonly kafka: string;
  readonly dorisHost: string;
  readonly dorisHttpPort: number;
  readonly dorisQueryPort: number;
  /** Of the schema registry; absent where the sandbox runs none. */
  readonly registry: string | undefined;
}

/** @throws ClientError REQUEST_FAILED when the sandbox runs without one of the three servers */
export function addressesOf(sandbox: SandboxStatus): SandboxAddresses {
  const service = (name: string) => {
    const found = sandbox.services.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
    throw new ClientError('REQUEST_FAILED', `Sandbox ${sandbox.name} runs no ${name}.`, {
      hint: 'Start it by: sluice sandbox up',
    });
  };
  const temporal = service('temporal');
  const doris = service('doris');
  return {
    temporal: temporal.endpoints.address ?? '',
    webUi: temporal.endpoints.ui ?? '',
    kafka: service('kafka').endpoints.bootstrap ?? '',
    dorisHost: (doris.endpoints.fenodes ?? '').split(':')[0] ?? '',
    dorisHttpPort: Number(doris.settings.dorisHttp),
    dorisQueryPort: Number(doris.settings.dorisMysql),
    registry: sandbox.services.find(({ name }) => name === 'registry')?.endpoints.url,
  };
}

/** A worker's settings for the sandbox. */
export function workerProperties({ kafka, temporal }: SandboxAddresses): Record<string, string> {
  return { 'bootstrap.servers': kafka, 'temporal.address': temporal };
}

/** What a connector file has to say to meet the sandbox's Doris; only what it says otherwise now. */
export function dorisOverrides(
  config: Readonly<Record<string, string>>,
  { dorisHost, dorisHttpPort, dorisQueryPort }: SandboxAddresses,
): Record<string, string> {
  const wanted = {
    'doris.urls': dorisHost,
    'doris.http.port': String(dorisHttpPort),
    'doris.query.port': String(dorisQueryPort),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => config[key] !== value));
}

/** The page of a workflow in Temporal's Web UI. */
export function workflowPage(webUi: string, namespace: string, workflowId: string, runId: string): string {
  return `${webUi}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;
}
