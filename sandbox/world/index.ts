/**
 * A local world for the demo, the tests and the benchmarks: a real Temporal server, a real Kafka broker and the
 * doubles of Doris and of a schema registry, as processes of this machine.
 *
 * `up` starts them (and installs the servers the first time), `status` looks, `down` stops exactly what was started.
 * Everything lies in `.sandbox/<name>/` below the checkout or SLUICE_HOME; what is downloaded is shared between the
 * sandboxes. Each service is a `Service` (service.ts, services/): what to install, what to run, when it is ready.
 */

export { type DownOptions, type DownResult, down } from './down.js';
export { installKafka } from './install/kafka.js';
export { installTemporal } from './install/temporal.js';
export { withInterrupt } from './interrupt.js';
export { DEFAULT_PORTS, findFreePorts, PORT_NAMES, type PortName, type SandboxPorts } from './ports.js';
export { lineProgress, type Progress, silentProgress } from './progress.js';
export { type Service, startService } from './service.js';
export { SEARCH_ATTRIBUTES, TEMPORAL_NAMESPACE } from './services/temporal.js';
export { formatStatus, type SandboxStatus, type ServiceStatus, type StatusOptions, status } from './status.js';
export { SERVICE_NAMES, type ServiceName, type UpOptions, up } from './up.js';
