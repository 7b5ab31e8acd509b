import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { awsCaller } from '../../lib/console/account.client';
import { groupOf, nodeTags } from '../../lib/console/node-finder';
import { REAL_PACE } from '../../lib/console/real-pace';
import { awsStatusClient } from '../../lib/console/status/status.client';
import { openTunnel } from '../../lib/console/tunnel/open-tunnel';
import { awsTunnelClient } from '../../lib/console/tunnel/tunnel.client';
import { CONTROL_PLANE_GROUP } from '../../lib/domain/names/naming';
import { EXIT } from '../exit-codes';
import type { Outcome } from '../outcome';
import { loadTarget, say, withInterrupt } from './world';

export interface TunnelFlags {
  readonly env: string;
  readonly port: number;
  readonly kubeconfig?: string;
  readonly hours: number;
  readonly group: string;
  readonly keep?: boolean;
}

export async function tunnel(flags: TunnelFlags): Promise<Outcome> {
  const { target } = loadTarget(flags.env);
  const listing = awsStatusClient(target.region);
  const nodes = async () => {
    const found = (await listing.nodes(nodeTags(flags.env))).filter(
      (node) => groupOf(node) === CONTROL_PLANE_GROUP,
    );
    const agents = await listing.agents(found.map(({ instanceId }) => instanceId));
    return found.map(({ instanceId, state }) => ({
      ...{ instanceId, state, controlPlane: true },
      agent: agents.get(instanceId),
    }));
  };
  const kubeconfig = resolve(flags.kubeconfig ?? join(homedir(), '.kube', `headroom-${flags.env}.yaml`));
  const { port, hours, group, keep = false } = flags;
  const result = await withInterrupt((signal) =>
    openTunnel(
      target,
      { port, kubeconfig, keep, hours, group },
      {
        ...{ client: awsTunnelClient(target.region), caller: () => awsCaller(target.region) },
        ...{ nodes, pace: REAL_PACE, say, signal },
      },
    ),
  );
  return { exitCode: result.end === 'ended' ? EXIT.asExpected : EXIT.notAsExpected, result };
}
