import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseWorkerConfig, readWorkerFile, resolvePlaceholders } from '../../connect/config/index.js';
import { SEARCH_ATTRIBUTES } from '../../sandbox/index.js';
import { checkoutDir } from '../../sandbox/world/paths.js';

interface ComposeService {
  image: string;
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string | number>;
  healthcheck?: object;
  ports?: string[];
  restart?: string;
  stop_grace_period?: string;
  volumes?: string[];
}

interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, null>;
}

const text = readFileSync(join(checkoutDir(), 'docker-compose.yml'), 'utf8');
const compose = parse(text) as ComposeFile;
const services = Object.entries(compose.services);

test('every variable has a default, so that it starts without any setting', () => {
  const variables = [...text.matchAll(/\$\{[^}]*\}/g)].map(([variable]) => variable);

  expect(variables.length).toBeGreaterThan(0);
  expect(variables.filter((variable) => !/^\$\{[A-Z_]+:-[^}]+\}$/.test(variable))).toEqual([]);
});

test.each(services)('%s: the image has a version and the service a health check and time to stop', (_, service) => {
  expect(service.image).toMatch(/^[\w./-]+:(\S*\d+\.\d+\S*|\$\{SLUICE_VERSION:-local\})$/);
  expect(service.stop_grace_period).toBeDefined();
  if (service.restart === 'unless-stopped') expect(service.healthcheck).toBeDefined();
});

test.each(services)('%s: what it waits for exists and can become what it waits for', (_, { depends_on = {} }) => {
  for (const [name, { condition }] of Object.entries(depends_on)) {
    const target = compose.services[name];
    expect(target).toBeDefined();
    if (condition === 'service_healthy') expect(target?.healthcheck).toBeDefined();
    if (condition === 'service_completed_successfully') expect(target?.restart).toBe('on-failure');
  }
});

test.each(services)('%s: its volumes are declared, its files are in the checkout', (_, { volumes = [] }) => {
  for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
    if (source.startsWith('./')) expect(existsSync(join(checkoutDir(), source))).toBe(true);
    else expect(Object.keys(compose.volumes)).toContain(source);
  }
});

test('every published port is in the list at the top, with its variable and default', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);

  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) {
    const [, variable, fallback] = /^\$\{(\w+):-(\d+)\}:\d+$/.exec(port) ?? [];
    expect(text).toMatch(new RegExp(`^#   ${fallback}  ${variable} `, 'm'));
  }
});

test('the search attributes are those of the sandbox', () => {
  const script = readFileSync(join(checkoutDir(), 'docker', 'register-search-attributes.sh'), 'utf8');
  const registered = [...script.matchAll(/^register (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);

  expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
});

test('the worker file is valid with the environment it is given', async () => {
  const environment = compose.services.worker?.environment ?? {};
  for (const [name, value] of Object.entries(environment)) {
    process.env[name] = String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1');
  }
  const properties = await readWorkerFile(join(checkoutDir(), 'docker', 'worker.properties'));

  const { values } = parseWorkerConfig(await resolvePlaceholders(properties));

  expect(values).toMatchObject({ 'metrics.port': 9464, 'log.level': 'info' });
});

test('docker compose accepts it, where there is a docker compose', () => {
  const version = spawnSync('docker', ['compose', 'version']);
  if (version.status !== 0) return;

  const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], { cwd: checkoutDir() });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
});
