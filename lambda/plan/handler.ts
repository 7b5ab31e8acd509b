import { tried } from '../../lib/aws/tried';
import type { NodeGroupPolicy } from '../../lib/domain/plan/disk-policy';
import { readHealingBounds } from '../../lib/domain/plan/healing-bounds';
import { modeOf } from '../../lib/domain/plan/healing-mode';
import { readMetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { policyOf, readNodeGroupPolicies } from '../../lib/domain/plan/node-group-policies';
import { TAGS } from '../../lib/domain/names/naming';
import { whyNotOurs } from '../../lib/domain/plan/node-standing';
import type { Observation } from '../../lib/domain/plan/observation';
import { pauseOf, type Pause } from '../../lib/domain/pause/pause';
import {
  ALLOWED,
  modePermission,
  pausedPermission,
  refused,
  type StepPermission,
} from '../../lib/domain/plan/permission';
import { isEmergency } from '../../lib/domain/plan/plan-mode';
import { plan, type Plan } from '../../lib/domain/plan/plan';
import { planOutOfBand, type OutOfBandPlan } from '../../lib/domain/plan/plan-out-of-band';
import type { OutOfBandPlanPayload, PlanPayload } from '../../lib/domain/plan/plan-payload';
import { helperOf, mayDisrupt } from '../../lib/domain/operate/quorum';
import {
  restOf,
  restingPermission,
  restingPlan,
  type Rest,
  type RestingPlan,
} from '../../lib/domain/plan/rest';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { systemClock, type Clock } from '../shared/clock';
import { connectExecutions, type ExecutionsClient } from '../shared/executions.client';
import { consoleLog, type Log } from '../shared/log';
import { loadPauses } from '../shared/pauses';
import { readEnvironment } from '../shared/read-environment';
import type { SdkClients } from '../../lib/aws/sdk';
import { awaitModification, type ModificationSeen } from './await-modification';
import type { LedgerContext, Volume } from './growth-ledger';
import { connectLedger } from './ledger.client';
import { approvedPurchase, planWithin } from './purchase';
import { OUT_OF_BAND_ENVIRONMENT, PLAN_ENVIRONMENT } from './environment';
import { gather, type NodeSettings } from './gather';
import { gatherOutOfBand, type OutOfBandClients, type OutOfBandFacts } from './gather-out-of-band';
import { pausedPlan, payloadOf, type PausedPlan } from './payload';
import { connect, connectOutOfBand, sdkClients, type PlanClient, type PlanServices } from './plan.client';
import { readPlanEvent, type PlanEvent } from './plan-event';
import { withSnapshot } from './snapshot';

export interface PlanOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

type Policies = Readonly<Record<string, NodeGroupPolicy>>;

/**
 * Gathers the facts, lets the pure domain decide, and hands the decision to Automation. A fact that is missing makes a
 * plan that says so; only a broken configuration or payload is an error.
 */
export const createHandler = (
  clients: SdkClients<PlanServices>,
  { clock = systemClock, log = consoleLog }: PlanOptions = {},
): ((event: unknown) => Promise<PlanPayload | StepPermission | ModificationSeen>) => {
  const client = connect(clients);
  const all: OutOfBandClients = {
    plan: client,
    outOfBand: connectOutOfBand(clients),
    executions: connectExecutions(clients.ssm),
  };

  return async (event) => {
    const settings = readEnvironment(PLAN_ENVIRONMENT);
    const { environmentName, nodeGroupPolicies, usdPerGiBMonth: price } = settings;
    const nodes = {
      environmentName,
      namespaces: readMetricNamespaces(environmentName, settings.namespaceLayout),
    };
    const usdPerGiBMonth = Number.isFinite(Number(price)) ? Number(price) : null;
    const bucket = { name: settings.evidenceBucketName, owner: settings.evidenceBucketOwner };
    const ledger: LedgerContext = {
      client: connectLedger(clients, bucket),
      bounds: readHealingBounds(settings.healingBounds),
      ...{ clock, environmentName },
    };
    const policies = readNodeGroupPolicies(nodeGroupPolicies);
    const { instanceId, executionId, lane, action, assessOutput, reclaimOutput, ...modified } =
      readPlanEvent(event);
    const { volumeId = '', targetSizeGiB = 0, restUntil = '' } = modified;
    const nowMs = clock.now();
    const rest = restOf(restUntil, ledger.bounds, environmentName, nowMs);
    if (lane === 'modification') {
      const answer = await awaitModification(client, clock, volumeId, targetSizeGiB);
      log.info('waited for a modification', { instanceId, executionId, ...answer });
      return answer;
    }
    const pauses = await loadPauses(clients.ssm, environmentName, log);
    if (lane === 'permission') {
      const nodeGroup = (await client.describeInstance(instanceId))?.tags[TAGS.nodeGroup];
      const policy = policyOf(policies, nodeGroup);
      const pause = pauseOf(pauses, nodeGroup, nowMs);
      const answer =
        action === 'grow' && pause === undefined
          ? await approved(client, ledger, policy, { volumeId, nodeGroup }, targetSizeGiB)
          : permissionOf(
              pause,
              rest,
              action,
              policy,
              Object.values(policies).some(({ modes }) => modes !== undefined),
              assessOutput,
            );
      log.info('asked for permission', { instanceId, executionId, ...answer });
      return answer;
    }
    if (lane !== undefined) {
      const facts = await factsOutOfBand(all, instanceId, nodes, policies, nowMs);
      const pause = pauseOf(pauses, facts.observation.nodeGroup, nowMs);
      const answer =
        lane === 'quorum'
          ? rebootPermission(facts, pause, nowMs)
          : await withSnapshot(
              client,
              settings,
              facts.observation.modifications,
              await planWithin(ledger, facts.policy, (growth) =>
                outOfBandPayload({ ...facts, growth }, pause, rest, usdPerGiBMonth, nowMs),
              ),
            );
      log.info('planned out of band', { instanceId, executionId, lane, ...answer });
      return answer;
    }

    const afterReclaimOutput = await measurementAfterReclaim(
      all.executions,
      executionId,
      assessOutput,
      reclaimOutput,
    );
    const input = { instanceId, assessOutput, reclaimOutput, afterReclaimOutput };
    const { observation, history, policy } = await gather(client, input, nodes, policies, nowMs);
    const { filesystem } = observation;
    const pause = pauseOf(pauses, observation.nodeGroup, nowMs);
    const planned = await planWithin(ledger, policy, (growth) =>
      payloadOf(
        unlessHeld(pause, rest, () => plan({ ...observation, growth }, policy, history, nowMs)),
        {
          ...observation,
          policy,
          history,
          usedPercent: filesystem.known ? filesystem.value.usedPercent : null,
          inodesUsedPercent: filesystem.known ? filesystem.value.inodesUsedPercent : null,
          lane: { outOfBand: false, drains: false },
          usdPerGiBMonth,
        },
      ),
    );
    const payload = await withSnapshot(client, settings, observation.modifications, planned);
    if (!history.known) log.warn('no usage history', { instanceId, why: history.why });
    log.info('planned', { instanceId, executionId, ...payload });
    return payload;
  };
};

/** A pause or a rest takes a plan's place; nothing is decided during a pause. */
const unlessHeld = <P extends Plan>(
  pause: Pause | undefined,
  rest: Rest | undefined,
  decide: () => P,
): P | PausedPlan | RestingPlan => {
  if (pause !== undefined) return pausedPlan(pause);
  const decided = decide();
  return rest === undefined ? decided : restingPlan(decided, rest);
};

/**
 * HealNode measures again if the output of assess or reclaim cannot be read. The document cannot pass that on: what a
 * reference to a step that did not run resolves to is not documented.
 */
const measurementAfterReclaim = async (
  executions: ExecutionsClient,
  executionId: string,
  assessOutput: unknown,
  reclaimOutput: unknown,
): Promise<unknown> => {
  if (readScriptResult(assessOutput, 'assess-node').ok && readScriptResult(reclaimOutput, 'reclaim-disk').ok)
    return undefined;
  const look = await tried(executions.outputOf(executionId, 'assessAfterReclaim', 'Output'));
  return look.known ? look.value : undefined;
};

const factsOutOfBand = (
  clients: OutOfBandClients,
  instanceId: string,
  nodes: NodeSettings,
  policies: Policies,
  nowMs: number,
): Promise<OutOfBandFacts> => {
  const { controlPlaneCount } = readEnvironment(OUT_OF_BAND_ENVIRONMENT);
  const settings = { ...nodes, declaredMembers: Number(controlPlaneCount) };
  return gatherOutOfBand(clients, instanceId, settings, policies, nowMs);
};

/** Whether HealNode goes on: not while healing is paused, and what is not yet decided on by the mode of its action. */
const permissionOf = (
  pause: Pause | undefined,
  rest: Rest | undefined,
  action: PlanEvent['action'],
  policy: NodeGroupPolicy | undefined,
  anyModes: boolean,
  assessOutput: unknown,
): StepPermission => {
  if (pause !== undefined) return pausedPermission(pause);
  if (action !== 'reclaim') return ALLOWED;
  const permission = reclaimPermission(policy, anyModes, assessOutput);
  return rest === undefined ? permission : restingPermission(permission, rest);
};

const reclaimPermission = (
  policy: NodeGroupPolicy | undefined,
  anyModes: boolean,
  assessOutput: unknown,
): StepPermission => {
  // What the group's owner wants of it is unknown.
  if (policy === undefined && anyModes)
    return refused('the node has no known node group, so its healing modes are unknown');
  if (policy?.modes === undefined) return ALLOWED;
  const assess = readScriptResult(assessOutput, 'assess-node');
  const used = assess.ok ? [assess.value.root.usedPercent, assess.value.root.inodesUsedPercent] : [];
  const mode = modeOf(policy.modes, ['reclaim'], isEmergency(used, policy.emergencyPercent));
  return modePermission(mode, 'cleaning the disk');
};

/** Whether the node may be rebooted at this moment. */
const rebootPermission = (
  { quorum, observation }: OutOfBandFacts,
  pause: Pause | undefined,
  nowMs: number,
): StepPermission => {
  if (pause !== undefined) return pausedPermission(pause);
  const { instanceId, standing, state } = observation;
  const no = (why: string): StepPermission => refused(`${instanceId} must not be rebooted now: ${why}`);
  // Where EC2 does not say, the other control-plane nodes decide.
  if (standing !== 'unknown' && (standing !== 'ours' || state !== 'running'))
    return no(whyNotOurs(observation) ?? `it is ${state}`);
  const permission = mayDisrupt(quorum, nowMs);
  return permission.allowed ? ALLOWED : no(permission.why);
};

/** What was approved is bought now, if the month still has room for it. */
const approved = async (
  client: PlanClient,
  ledger: LedgerContext,
  policy: NodeGroupPolicy | undefined,
  volume: Pick<Volume, 'volumeId' | 'nodeGroup'>,
  targetSizeGiB: number,
): Promise<StepPermission> => {
  const { volumeId } = volume;
  const sizeGiB = await client.volumeSizeGiB(volumeId);
  return sizeGiB === undefined
    ? refused(`EC2 did not return the size of ${volumeId}`)
    : approvedPurchase(ledger, policy, { ...volume, sizeGiB }, targetSizeGiB);
};

const outOfBandPayload = (
  facts: OutOfBandFacts & Pick<Observation, 'growth'>,
  pause: Pause | undefined,
  rest: Rest | undefined,
  usdPerGiBMonth: number | null,
  nowMs: number,
): OutOfBandPlanPayload => {
  const { observation, policy, history, quorum, nodeAddress, growth } = facts;
  const helperInstanceId = helperOf(quorum.others, nowMs) ?? '';
  const last = history.known ? [...history.value].sort((a, b) => a.atMs - b.atMs).at(-1) : undefined;
  const decide = (): OutOfBandPlan =>
    planOutOfBand({ ...observation, growth }, policy, history, mayDisrupt(quorum, nowMs), nowMs);
  return {
    ...payloadOf(unlessHeld(pause, rest, decide), {
      ...observation,
      policy,
      history,
      usedPercent: last?.usedPercent ?? null,
      inodesUsedPercent: null,
      lane: { outOfBand: true, drains: helperInstanceId !== '' && nodeAddress !== '' },
      usdPerGiBMonth,
    }),
    nodeAddress,
    helperInstanceId,
  };
};

export const handler = createHandler(sdkClients());
