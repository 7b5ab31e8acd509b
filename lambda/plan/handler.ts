import type { NodeGroupPolicy } from '../../lib/domain/disk-policy';
import { readNodeGroupPolicies } from '../../lib/domain/node-group-policies';
import { plan } from '../../lib/domain/plan';
import { planBlind } from '../../lib/domain/plan-blind';
import type { BlindPlanPayload, PlanPayload } from '../../lib/domain/plan-payload';
import { helperOf, mayDisrupt } from '../../lib/domain/quorum';
import { readScriptResult } from '../../lib/domain/run-command-output';
import { systemClock, type Clock } from '../shared/clock';
import { connectExecutions, type ExecutionsClient } from '../shared/executions.client';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import type { SdkClients } from '../shared/sdk-shape';
import { connectBlind } from './blind.client';
import { BLIND_ENVIRONMENT, PLAN_ENVIRONMENT } from './environment';
import { attempt, gather } from './gather';
import { gatherBlind, type BlindClients } from './gather-blind';
import { payloadOf } from './payload';
import { connect, sdkClients, type PlanServices } from './plan.client';
import { readPlanEvent } from './plan-event';

export interface PlanOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly log?: Log;
}

type Policies = Readonly<Record<string, NodeGroupPolicy>>;

/**
 * Gathers the facts, lets the pure domain decide, and hands the decision to Automation. A fact that is missing makes a
 * plan that says so; only a broken configuration or payload, or a reboot that must not be, is an error.
 */
export const createHandler = (
  clients: SdkClients<PlanServices>,
  { clock = systemClock, log = consoleLog }: PlanOptions = {},
): ((event: unknown) => Promise<PlanPayload>) => {
  const client = connect(clients);
  const all: BlindClients = {
    plan: client,
    blind: connectBlind(clients),
    executions: connectExecutions(clients.ssm),
  };

  return async (event) => {
    const { environmentName, nodeGroupPolicies } = readEnvironment(PLAN_ENVIRONMENT);
    const policies = readNodeGroupPolicies(nodeGroupPolicies);
    const { instanceId, executionId, lane, assessOutput, reclaimOutput } = readPlanEvent(event);
    const nowMs = clock.now();
    if (lane !== undefined) {
      const answer = await planOutOfBand(all, lane, instanceId, environmentName, policies, nowMs);
      log.info('planned out of band', { instanceId, executionId, lane, ...answer });
      return answer;
    }

    const assessed = await lastAssessed(all.executions, executionId, assessOutput);
    const input = { instanceId, assessOutput: assessed, reclaimOutput };
    const { observation, history, policy } = await gather(client, input, environmentName, policies, nowMs);
    const { filesystem } = observation;
    const payload = payloadOf(plan(observation, policy, history, nowMs), {
      ...observation,
      policy,
      history,
      usedPercent: filesystem.known ? filesystem.value.usedPercent : null,
      inodesUsedPercent: filesystem.known ? filesystem.value.inodesUsedPercent : null,
    });
    if (!history.known) log.warn('no usage history', { instanceId, why: history.why });
    log.info('planned', { instanceId, executionId, ...payload });
    return payload;
  };
};

/**
 * What the first look said, or else the second. The document cannot hand over either of the two: a reference to a step
 * that did not run is no text to rely on.
 */
const lastAssessed = async (
  executions: ExecutionsClient,
  executionId: string,
  first: unknown,
): Promise<unknown> => {
  if (readScriptResult(first, 'assess-node').ok) return first;
  const second = await attempt(() => executions.outputOf(executionId, 'assessAgain', 'Output'));
  return second.known && second.value !== undefined ? second.value : first;
};

/** @throws Error in the lane `quorum` when the node must not be rebooted now: the step fails, and with it the reboot */
const planOutOfBand = async (
  clients: BlindClients,
  lane: 'out-of-band' | 'quorum',
  instanceId: string,
  environmentName: string,
  policies: Policies,
  nowMs: number,
): Promise<BlindPlanPayload> => {
  const { healDocumentName, controlPlaneCount } = readEnvironment(BLIND_ENVIRONMENT);
  const settings = { environmentName, healDocumentName, declaredMembers: Number(controlPlaneCount) };
  const facts = await gatherBlind(clients, instanceId, settings, policies, nowMs);
  const permission = mayDisrupt(facts.quorum, nowMs);
  if (lane === 'quorum' && !permission.allowed) {
    throw new Error(`${instanceId} must not be rebooted now: ${permission.why}`);
  }
  const { observation, policy, history, quorum, nodeAddress } = facts;
  const last = history.known ? [...history.value].sort((a, b) => a.atMs - b.atMs).at(-1) : undefined;
  return {
    ...payloadOf(planBlind(observation, policy, history, permission, nowMs), {
      ...observation,
      policy,
      history,
      usedPercent: last?.usedPercent ?? null,
      inodesUsedPercent: null,
    }),
    nodeAddress,
    helperInstanceId: helperOf(quorum.others, nowMs) ?? '',
  };
};

export const handler = createHandler(sdkClients());
