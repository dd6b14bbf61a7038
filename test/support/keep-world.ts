/**
 * `make test-world`: servers that stay up between test runs, so that every run of a developer starts at once.
 * Prints the variables that make Jest use them; `eval "$(make -s test-world)"` sets them.
 */

import { installKafka, lineProgress, up, withInterrupt } from '../../sandbox/index.js';

const progress = lineProgress();
const { services } = await withInterrupt((signal) =>
  up({ name: 'test-world', portOffset: 10_000, services: ['temporal', 'kafka'], progress, signal }),
);
const endpoint = (service: string, key: string) => services.find(({ name }) => name === service)?.endpoints[key];
const variables = {
  SLUICE_TEST_TEMPORAL: endpoint('temporal', 'address'),
  SLUICE_TEST_TEMPORAL_UI: endpoint('temporal', 'ui'),
  SLUICE_TEST_KAFKA: endpoint('kafka', 'bootstrap'),
  SLUICE_KAFKA_LIB: await installKafka(progress),
};
for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}='${value}'\n`);
progress.report('Stop them by: bin/sluice sandbox down --name test-world --purge');
