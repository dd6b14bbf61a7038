/** SHOW FRONTENDS and SHOW BACKENDS. */

import type { QueryResult } from '../model.js';
import type { ClusterNode, SqlContext } from './context.js';
import { formatTime, relation } from './relation.js';

const FRONTEND_COLUMNS = [
  ...['Name', 'Host', 'EditLogPort:n', 'HttpPort:n', 'QueryPort:n', 'RpcPort:n', 'Role', 'IsMaster', 'ClusterId:n'],
  ...['Join', 'Alive', 'ReplayedJournalId:n', 'LastStartTime', 'LastHeartbeat', 'IsHelper', 'ErrMsg', 'Version'],
  'CurrentConnected',
];

const BACKEND_COLUMNS = [
  ...['BackendId:n', 'Host', 'HeartbeatPort:n', 'BePort:n', 'HttpPort:n', 'BrpcPort:n', 'LastStartTime'],
  ...['LastHeartbeat', 'Alive', 'SystemDecommissioned', 'TabletNum:n', 'ErrMsg', 'Version', 'Status', 'NodeRole'],
];

export function showNodes(context: SqlContext, which: 'FRONTENDS' | 'BACKENDS'): QueryResult {
  const now = formatTime(context.now());
  const { productVersion } = context.dialect;
  if (which === 'FRONTENDS') {
    const rows = context.cluster.frontends().map((node, index) => frontendRow(node, index, now, productVersion));
    return relation(FRONTEND_COLUMNS, rows);
  }
  const rows = context.cluster.backends().map(({ host, httpPort }, index) => {
    const ports = [undefined, undefined, httpPort, undefined];
    return [10_001 + index, host, ...ports, now, now, 'true', 'false', 0, '', productVersion, '{}', 'mix'];
  });
  return relation(BACKEND_COLUMNS, rows);
}

function frontendRow(
  node: ClusterNode,
  index: number,
  now: string,
  version: string,
): Parameters<typeof relation>[1][0] {
  const ports = [undefined, node.httpPort, node.queryPort, undefined];
  const state = ['FOLLOWER', String(index === 0), 1, 'true', 'true', 0, now, now, 'true', '', version];
  return [`fe_${index}`, node.host, ...ports, ...state, index === 0 ? 'Yes' : 'No'];
}
