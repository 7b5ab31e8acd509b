import { growthPerSecond } from '../../lib/domain/growth-forecast';
import { readNodeGroupPolicies } from '../../lib/domain/node-group-policies';
import { plan, type Plan } from '../../lib/domain/plan';
import type { PlanPayload } from '../../lib/domain/plan-payload';
import { systemClock, type Clock } from '../shared/clock';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import type { SdkClients } from '../shared/sdk-shape';
import { PLAN_ENVIRONMENT } from './environment';
import { gather, type Gathered } from './gather';
import { connect, sdkClients } from './plan.client';
import { readPlanEvent } from './plan-event';

export interface PlanOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly log?: Log;
}

/**
 * Gathers the facts, lets the pure `plan` decide, and hands the decision to Automation. A fact that is missing makes a
 * plan that says so; only a broken configuration or payload is an error.
 */
export const createHandler = (
  clients: SdkClients<'ec2' | 'cloudwatch'>,
  { clock = systemClock, log = consoleLog }: PlanOptions = {},
): ((event: unknown) => Promise<PlanPayload>) => {
  const client = connect(clients);

  return async (event) => {
    const { environmentName, nodeGroupPolicies } = readEnvironment(PLAN_ENVIRONMENT);
    const policies = readNodeGroupPolicies(nodeGroupPolicies);
    const { instanceId, executionId, assessOutput, reclaimOutput } = readPlanEvent(event);
    const nowMs = clock.now();
    const gathered = await gather(
      client,
      { instanceId, assessOutput, reclaimOutput },
      environmentName,
      policies,
      nowMs,
    );
    const decided = plan(gathered.observation, gathered.policy, gathered.history, nowMs);
    const payload = payloadOf(decided, gathered);
    if (!gathered.history.known) log.warn('no usage history', { instanceId, why: gathered.history.why });
    log.info('planned', { instanceId, executionId, ...payload });
    return payload;
  };
};

const payloadOf = (decided: Plan, { observation, policy, history }: Gathered): PlanPayload => {
  const growth = history.known ? growthPerSecond(history.value) : undefined;
  const { filesystem, volume } = observation;
  return {
    // HealNode cleans before it asks; a plan to clean again would go round in circles.
    action: decided.kind === 'reclaim' ? 'escalate' : decided.kind,
    reason: decided.reason,
    volumeId: volume.known ? volume.value.volumeId : '',
    targetSizeGiB: decided.kind === 'grow' || decided.kind === 'extend' ? decided.targetSizeGiB : 0,
    volumeSizeGiB: volume.known ? volume.value.sizeGiB : 0,
    nodeGroup: observation.nodeGroup ?? '',
    warningPercent: policy?.warningPercent ?? null,
    targetPercent: policy?.targetPercent ?? null,
    maxSizeGiB: policy?.maxSizeGiB ?? null,
    usedPercent: filesystem.known ? filesystem.value.usedPercent : null,
    inodesUsedPercent: filesystem.known ? filesystem.value.inodesUsedPercent : null,
    growthPercentPerDay: growth === undefined ? null : Number((growth * 86_400).toFixed(2)),
    until:
      decided.kind === 'wait' && decided.untilMs !== undefined
        ? new Date(decided.untilMs).toISOString()
        : null,
  };
};

export const handler = createHandler(sdkClients());
