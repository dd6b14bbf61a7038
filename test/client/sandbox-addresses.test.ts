import { addressesOf, dorisOverrides, workerProperties, workflowPage } from '../../client/sandbox-addresses.js';
import type { SandboxStatus, ServiceStatus } from '../../sandbox/index.js';

function service(name: string, settings: ServiceStatus['settings'], endpoints: Record<string, string>): ServiceStatus {
  return { name, state: 'running', pid: 1, settings, endpoints, startedAt: '2026-01-01T00:00:00Z' };
}

const sandbox: SandboxStatus = {
  name: 'demo',
  running: true,
  services: [
    service('temporal', { temporal: 7233 }, { address: '127.0.0.1:7233', ui: 'http://127.0.0.1:8233' }),
    service('kafka', { kafka: 19092 }, { bootstrap: '127.0.0.1:19092' }),
    service('doris', { dorisHttp: 8030, dorisMysql: 19030 }, { fenodes: '127.0.0.1:8030' }),
  ],
};

test('a worker is told where Kafka and Temporal are', () => {
  expect(workerProperties(addressesOf(sandbox))).toEqual({
    'bootstrap.servers': '127.0.0.1:19092',
    'temporal.address': '127.0.0.1:7233',
  });
});

test('of a connector file only what differs is overridden', () => {
  const config = { 'doris.urls': '10.10.10.1', 'doris.http.port': '8030', 'doris.query.port': '9030' };
  expect(dorisOverrides(config, addressesOf(sandbox))).toEqual({
    'doris.urls': '127.0.0.1',
    'doris.query.port': '19030',
  });
});

test('a sandbox without Doris cannot run connectors to it', () => {
  expect(() => addressesOf({ ...sandbox, services: sandbox.services.slice(0, 2) })).toThrow(
    'Sandbox demo runs no doris.',
  );
});

test('the page of a workflow', () => {
  expect(workflowPage('http://ui', 'default', 'connector/orders', 'r1')).toBe(
    'http://ui/namespaces/default/workflows/connector%2Forders/r1/history',
  );
});
