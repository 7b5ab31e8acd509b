import { usdPerGiBMonth } from '../../lib/tables/gp3-price';
import { healingBounds } from '../../lib/config/healing-bounds';
import { metricNamespaces } from '../../lib/config/metric-namespaces';
import { nodeGroupPolicies } from '../../lib/config/node-groups';
import { rightAccount } from '../../lib/console/account';
import { awsCaller } from '../../lib/console/account.client';
import { groupOf, nodeTags } from '../../lib/console/node-finder';
import { REAL_PACE } from '../../lib/console/real-pace';
import { needsALook, nodeStatuses } from '../../lib/console/status/node-status';
import { readStatus } from '../../lib/console/status/read-status';
import { statusResult, statusText } from '../../lib/console/status/status-text';
import { awsStatusClient } from '../../lib/console/status/status.client';
import { EXIT } from '../exit-codes';
import type { Outcome } from '../outcome';
import { loadTarget } from './world';

export interface StatusFlags {
  readonly env: string;
}

export async function status(flags: StatusFlags): Promise<Outcome> {
  const { target, environment } = loadTarget(flags.env);
  await rightAccount(target, () => awsCaller(target.region));
  const nowMs = REAL_PACE.nowMs();
  const facts = await readStatus(
    target,
    nodeTags(flags.env),
    metricNamespaces(flags.env, environment),
    () => healingBounds(flags.env, environment, usdPerGiBMonth),
    awsStatusClient(target.region),
    nowMs,
  );
  const nodes = nodeStatuses(facts, { policies: nodeGroupPolicies(environment), groupOf }, nowMs);
  return {
    exitCode: needsALook(nodes, facts.alarms) ? EXIT.notAsExpected : EXIT.asExpected,
    result: statusResult(flags.env, nodes, facts),
    text: statusText(flags.env, nodes, facts, nowMs),
  };
}
