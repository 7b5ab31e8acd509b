import { tried } from '../../lib/aws/tried';
import type { Instance } from '../../lib/aws/instances';
import type { NodeGroupPolicy } from '../../lib/domain/plan/disk-policy';
import type { VolumeModification } from '../../lib/domain/plan/ebs-budget';
import {
  DISK_METRIC,
  INODE_METRICS,
  ROOT_FILESYSTEMS,
  diskMetricDimensions,
  diskReporter,
  fullerOf,
  type MetricSample,
  type PlacedReporter,
} from '../../lib/domain/names/disk-metric';
import { newestModification } from '../../lib/domain/plan/growth-block';
import { known, unknown, type Known } from '../../lib/domain/known';
import type { MetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { CONTROL_PLANE_GROUP, TAGS, documentName } from '../../lib/domain/names/naming';
import { policyOf } from '../../lib/domain/plan/node-group-policies';
import type { UsageHistory } from '../../lib/domain/plan/observation';
import { EFFECT_LOOK_BACK_MS, type OutOfBandObservation } from '../../lib/domain/plan/plan-out-of-band';
import { FRESH_MINUTES, type Member, type QuorumFacts } from '../../lib/domain/operate/quorum';
import type { ExecutionsClient } from '../shared/executions.client';
import { workedOn } from '../shared/worked-on';
import {
  HISTORY_HOURS,
  HISTORY_PERIOD_SECONDS,
  readInstance,
  readVolume,
  standingIn,
  type NodeSettings,
} from './gather';
import type { OutOfBandClient, PlanClient } from './plan.client';

export interface OutOfBandSettings extends NodeSettings {
  readonly declaredMembers: number;
}

export interface OutOfBandClients {
  readonly plan: PlanClient;
  readonly outOfBand: OutOfBandClient;
  readonly executions: ExecutionsClient;
}

export interface OutOfBandFacts {
  readonly observation: OutOfBandObservation;
  readonly history: UsageHistory;
  readonly policy: NodeGroupPolicy | undefined;
  readonly quorum: QuorumFacts;
  /** '' when unknown. */
  readonly nodeAddress: string;
}

/** Reads every fact that needs no command on the node; one that cannot be read is unknown, never an error. */
export const gatherOutOfBand = async (
  clients: OutOfBandClients,
  instanceId: string,
  settings: OutOfBandSettings,
  policies: Readonly<Record<string, NodeGroupPolicy>>,
  nowMs: number,
): Promise<OutOfBandFacts> => {
  const { instance, lifecycle } = await readInstance(clients.plan, instanceId);
  const tags = (instance.known && instance.value?.tags) || {};
  const nodeGroup = tags[TAGS.nodeGroup];
  const policy = policyOf(policies, nodeGroup);
  const reporter = diskReporter(instanceId, tags, settings.namespaces);
  const worker = tags[TAGS.role] === 'worker' && nodeGroup !== CONTROL_PLANE_GROUP;
  const [volume, attachedEbsStatus, history, others] = await Promise.all([
    readVolume(clients.plan, instance),
    tried(clients.outOfBand.attachedEbsStatus(instanceId)),
    tried(usage(clients.plan, reporter, HISTORY_HOURS * 3_600_000, nowMs)),
    tried(readMembers(clients, instanceId, worker, settings, nowMs)),
  ]);
  return {
    observation: {
      instanceId,
      ...standingIn(instance, settings.environmentName, lifecycle),
      nodeGroup,
      ...volume,
      attachedEbsStatus,
      lowestSinceModified: await tried(lowestSince(clients.plan, reporter, volume.modifications, nowMs)),
    },
    history,
    policy,
    quorum: {
      worker,
      others,
      declaredMembers: settings.declaredMembers,
      emergencyPercent: policy?.emergencyPercent,
    },
    nodeAddress: (instance.known && instance.value?.privateAddress) || '',
  };
};

/** undefined: not modified within the time that counts, or not measured since. */
const lowestSince = async (
  client: PlanClient,
  reporter: PlacedReporter,
  modifications: Known<readonly VolumeModification[]>,
  nowMs: number,
): Promise<number | undefined> => {
  const sinceMs = modifications.known ? newestModification(modifications.value)?.startedAtMs : undefined;
  if (sinceMs === undefined || sinceMs <= nowMs - EFFECT_LOOK_BACK_MS) return undefined;
  // A sample is the highest of its period: an hour would hide that a disk was emptier and soon full again. The period in
  // which the modification started may include the time before it.
  const samples = await usage(client, reporter, nowMs - sinceMs, nowMs);
  const since = samples.filter(({ atMs }) => atMs >= sinceMs).map(({ usedPercent }) => usedPercent);
  return since.length === 0 ? undefined : Math.min(...since);
};

/** All control-plane nodes but this one. What is unknown of one member is unknown of it alone. */
const readMembers = async (
  { plan, outOfBand, executions }: OutOfBandClients,
  instanceId: string,
  worker: boolean,
  { environmentName, namespaces }: OutOfBandSettings,
  nowMs: number,
): Promise<readonly Member[]> => {
  const described = await outOfBand.tagged({
    [TAGS.environment]: environmentName,
    [TAGS.role]: 'control-plane',
  });
  const members = described.filter(
    ({ instanceId: id, state }) => id !== instanceId && state !== 'terminated' && state !== 'shutting-down',
  );
  if (members.length === 0) return [];
  const running = members.filter(({ state }) => state === 'running').map(({ instanceId: id }) => id);
  // An upgrade takes a node away just as a healing does.
  const names = (['HealNode', 'UpgradeNode'] as const).map((name) => documentName(environmentName, name));
  const [passing, workedOnNow] = await Promise.all([
    tried(outOfBand.passingStatusChecks(running)),
    worker ? unknown('a worker needs no quorum') : tried(workedOn(executions, names)),
  ]);
  const isWorkedOn = (id: string): Known<boolean> =>
    workedOnNow.known ? known(workedOnNow.value.some(({ instanceId }) => instanceId === id)) : workedOnNow;
  return Promise.all(
    members.map(async (member) => ({
      instanceId: member.instanceId,
      state: member.state,
      statusChecksOk: passing.known ? known(passing.value.has(member.instanceId)) : passing,
      lastSample: await tried(lastSample(plan, member, namespaces, nowMs)),
      inFlight: isWorkedOn(member.instanceId),
    })),
  );
};

const lastSample = async (
  client: PlanClient,
  { instanceId, tags }: Instance,
  namespaces: MetricNamespaces,
  nowMs: number,
): ReturnType<typeof newestOf> =>
  newestOf(usage(client, diskReporter(instanceId, tags, namespaces), FRESH_MINUTES * 60_000, nowMs, 60));

const newestOf = async (samples: ReturnType<typeof usage>) =>
  [...(await samples)].sort((a, b) => a.atMs - b.atMs).at(-1);

/** Bytes or inodes, whichever is the fuller. Which filesystem root has is not known from outside: both are asked for. */
const usage = async (
  client: PlanClient,
  reporter: PlacedReporter,
  lookBackMs: number,
  nowMs: number,
  periodSeconds = HISTORY_PERIOD_SECONDS,
) => {
  const read = async (name: string): Promise<readonly MetricSample[]> => {
    const series = await Promise.all(
      ROOT_FILESYSTEMS.map((fsType) =>
        client.metric({
          namespace: reporter.namespace,
          name,
          dimensions: diskMetricDimensions(reporter, fsType),
          periodSeconds,
          fromMs: nowMs - lookBackMs,
          toMs: nowMs,
        }),
      ),
    );
    return series.flat().map(({ atMs, usedPercent }) => ({ atMs, value: usedPercent }));
  };
  const [bytes, used, total] = await Promise.all([
    read(DISK_METRIC.name),
    read(INODE_METRICS.used),
    read(INODE_METRICS.total),
  ]);
  return fullerOf(bytes, used, total);
};
