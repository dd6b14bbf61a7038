import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { Kafka, logLevel } from 'kafkajs';
import { down, findFreePorts, formatStatus, status, up } from '../../../sandbox/index.js';
import { isPortTaken, SANDBOX_HOST, type SandboxPorts } from '../../../sandbox/world/ports.js';
import { loadState } from '../../../sandbox/world/state.js';

const name = `test-up-${randomUUID().slice(0, 8)}`;

afterEach(async () => {
  await down({ name, purge: true });
});

test('taken ports are named before anything is started', async () => {
  const ports = await findFreePorts();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(ports.kafka, SANDBOX_HOST, resolve));
  try {
    const starting = up({ name, services: ['temporal', 'kafka'], ports });
    await expect(starting).rejects.toThrow(`port ${ports.kafka} is taken (kafka of Kafka)`);
    expect((await status({ name })).services).toEqual([]);
  } finally {
    await new Promise((resolve) => squatter.close(resolve));
  }
});

test('one port cannot serve two', async () => {
  const { temporal } = await findFreePorts();
  const ports = { ...(await findFreePorts()), temporal, kafka: temporal };

  await expect(up({ name, ports })).rejects.toThrow(`port ${temporal} is given twice (kafka of Kafka)`);
});

test.each(['../etc', 'bin', 'kafka-lib', ''])('"%s" is no name for a sandbox', async (bad) => {
  await expect(up({ name: bad })).rejects.toThrow(/cannot be the name of a sandbox/);
  await expect(down({ name: bad, purge: true })).rejects.toThrow(/cannot be the name of a sandbox/);
});

test('to take down what never was is no error', async () => {
  expect(await down({ name: `${name}-never` })).toMatchObject({ stopped: [], purged: false });
});

describe('with real servers', () => {
  // Six starts of a JVM or a server, on a machine that may be busy with other tests.
  jest.setTimeout(240_000);

  // Global set-up has installed what SLUICE_TEST_TEMPORAL and SLUICE_TEST_KAFKA need.
  let ports: SandboxPorts;

  beforeEach(async () => {
    ports = await findFreePorts();
  });

  test('up starts Temporal and Kafka, twice is once, and down leaves no port taken', async () => {
    const first = await up({ name, services: ['temporal', 'kafka'], ports });
    expect(first.running).toBe(true);
    expect(formatStatus(first)).toContain(`kafka     running  ${loadState(name).services.kafka?.process?.pid}`);
    await expectTemporal(ports.temporal);
    await expectKafka(ports.kafka);

    const second = await up({ name, services: ['temporal', 'kafka'] });
    expect(second.services.map(({ pid }) => pid)).toEqual(first.services.map(({ pid }) => pid));

    const elsewhere = up({ name, services: ['kafka'], ports: { kafka: ports.dorisHttp } });
    await expect(elsewhere).rejects.toThrow(
      `Kafka is running otherwise: kafka is ${ports.kafka}, asked for ${ports.dorisHttp}`,
    );

    const { stopped } = await down({ name });
    const servers = first.services.map(({ name: service, pid }) => ({ service, pid, how: 'stopped' }));
    expect(stopped).toEqual(servers.reverse());
    expect(await Promise.all(Object.values(ports).map(isPortTaken))).not.toContain(true);
  });

  test('a broker at hand is used and never stopped', async () => {
    const kafka = process.env.SLUICE_TEST_KAFKA ?? '';
    const world = await up({ name, services: ['kafka'], kafka, ports });

    expect(world.services).toMatchObject([{ name: 'kafka', state: 'external', endpoints: { bootstrap: kafka } }]);
    expect((await down({ name })).stopped).toEqual([]);
    await expectKafka(Number(kafka.split(':')[1]));
  });

  test('after a crash, up starts what is missing and keeps the data', async () => {
    await up({ name, services: ['temporal'], ports });
    await withTemporal(ports.temporal, (client) =>
      client.workflow.start('connector', { taskQueue: 'nobody', workflowId: 'connector/orders' }),
    );
    process.kill(loadState(name).services.temporal?.process?.pid ?? 0, 'SIGKILL');
    while ((await status({ name })).running) await sleep(20);

    expect((await up({ name, services: ['temporal'] })).running).toBe(true);
    const found = await withTemporal(ports.temporal, (client) =>
      client.workflow.getHandle('connector/orders').describe(),
    );
    expect(found.status.name).toBe('RUNNING');
  });

  test('an abort stops what has been started', async () => {
    const controller = new AbortController();
    const starting = up({ name, services: ['temporal', 'kafka'], ports, signal: controller.signal });
    const rejected = expect(starting).rejects.toMatchObject({ code: 'CANCELLED' });
    while (loadState(name).services.temporal === undefined) await sleep(10);
    controller.abort();

    await rejected;
    expect(loadState(name).services).toEqual({});
    expect(await Promise.all(Object.values(ports).map(isPortTaken))).not.toContain(true);
  });
});

async function expectTemporal(port: number): Promise<void> {
  const { customAttributes } = await withTemporal(port, ({ connection }) =>
    connection.operatorService.listSearchAttributes({ namespace: 'default' }),
  );
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['ConnectorClass', 'ConnectorState', 'Topic']));
}

async function withTemporal<T>(port: number, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: `${SANDBOX_HOST}:${port}` });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function expectKafka(port: number): Promise<void> {
  expect((await withAdmin(port, (admin) => admin.describeCluster())).brokers).toMatchObject([{ port }]);
}

async function withAdmin<T>(port: number, work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [`${SANDBOX_HOST}:${port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
