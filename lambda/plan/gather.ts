import { tried } from '../../lib/aws/tried';
import type { NodeGroupPolicy } from '../../lib/domain/plan/disk-policy';
import { DISK_METRIC, diskMetricDimensions, diskReporter } from '../../lib/domain/names/disk-metric';
import { known, unknown, type Known } from '../../lib/domain/known';
import type { MetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { TAGS } from '../../lib/domain/names/naming';
import { policyOf } from '../../lib/domain/plan/node-group-policies';
import { standingOf } from '../../lib/domain/plan/node-standing';
import { latestFigures, type Observation, type UsageHistory } from '../../lib/domain/plan/observation';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import type { Instance } from '../../lib/aws/instances';
import { lifecycleOf } from '../shared/lifecycle-of';
import type { PlanClient } from './plan.client';

export const HISTORY_HOURS = 6;
export const HISTORY_PERIOD_SECONDS = 300;

export interface PlanInput {
  readonly instanceId: string;
  readonly assessOutput: unknown;
  readonly reclaimOutput: unknown;
  /** What the look after reclaim said, where one was taken. */
  readonly afterReclaimOutput: unknown;
}

export interface Gathered {
  readonly observation: Observation;
  readonly history: UsageHistory;
  readonly policy: NodeGroupPolicy | undefined;
}

/** Whose nodes they are, and where their agents write. */
export interface NodeSettings {
  readonly environmentName: string;
  readonly namespaces: MetricNamespaces;
}

/** Reads every fact; one that cannot be read is unknown with its reason, never an error and never a guess. */
export const gather = async (
  client: PlanClient,
  input: PlanInput,
  { environmentName, namespaces }: NodeSettings,
  policies: Readonly<Record<string, NodeGroupPolicy>>,
  nowMs: number,
): Promise<Gathered> => {
  const { instanceId } = input;
  const figures = latestFigures({
    assess: readScriptResult(input.assessOutput, 'assess-node'),
    reclaim: readScriptResult(input.reclaimOutput, 'reclaim-disk'),
    afterReclaim: readScriptResult(input.afterReclaimOutput, 'assess-node'),
  });
  const { instance, lifecycle } = await readInstance(client, instanceId);
  const tags = (instance.known && instance.value?.tags) || {};
  const nodeGroup = tags[TAGS.nodeGroup];
  const reporter = diskReporter(instanceId, tags, namespaces);
  const [volume, history] = await Promise.all([
    readVolume(client, instance),
    ifKnown(figures.root, ({ fsType }) =>
      client.metric({
        namespace: reporter.namespace,
        name: DISK_METRIC.name,
        dimensions: diskMetricDimensions(reporter, fsType),
        periodSeconds: HISTORY_PERIOD_SECONDS,
        fromMs: nowMs - HISTORY_HOURS * 3_600_000,
        toMs: nowMs,
      }),
    ),
  ]);
  return {
    observation: {
      instanceId,
      ...standingIn(instance, environmentName, lifecycle),
      nodeGroup,
      ...figures,
      ...volume,
    },
    history,
    policy: policyOf(policies, nodeGroup),
  };
};

/** What EC2 and Auto Scaling say of the instance. */
export const readInstance = async (
  client: Pick<PlanClient, 'describeInstance' | 'lifecycle'>,
  instanceId: string,
): Promise<{ instance: Known<Instance | undefined>; lifecycle: string | undefined }> => {
  const instance = await tried(client.describeInstance(instanceId));
  const found = instance.known ? instance.value : undefined;
  return { instance, lifecycle: await lifecycleOf(client, instanceId, found) };
};

/** The root volume, its size and its modifications. */
export const readVolume = async (
  client: PlanClient,
  instance: Known<Instance | undefined>,
): Promise<Pick<Observation, 'volume' | 'modifications'>> => {
  const rootVolume = rootVolumeOf(instance);
  const [sizeGiB, modifications] = await Promise.all([
    ifKnown(rootVolume, (volumeId) => client.volumeSizeGiB(volumeId)),
    ifKnown(rootVolume, (volumeId) => client.modifications(volumeId)),
  ]);
  return { volume: volumeOf(rootVolume, sizeGiB), modifications };
};

export const standingIn = (
  instance: Known<Instance | undefined>,
  environmentName: string,
  lifecycle: string | undefined,
): Pick<Observation, 'standing' | 'state'> =>
  instance.known
    ? {
        standing: standingOf(instance.value, environmentName, lifecycle),
        state: instance.value?.state ?? 'unknown',
      }
    : { standing: 'unknown', state: 'unknown' };

const rootVolumeOf = (instance: Known<Instance | undefined>): Known<string> => {
  if (!instance.known) return instance;
  const volumeId = instance.value?.rootVolumeId;
  return volumeId === undefined ? unknown('EC2 returned no volume for the root device') : known(volumeId);
};

const volumeOf = (volumeId: Known<string>, sizeGiB: Known<number | undefined>): Observation['volume'] => {
  if (!volumeId.known) return volumeId;
  if (!sizeGiB.known) return sizeGiB;
  if (sizeGiB.value === undefined) return unknown(`EC2 did not return the size of ${volumeId.value}`);
  return known({ volumeId: volumeId.value, sizeGiB: sizeGiB.value });
};

const ifKnown = async <T, U>(fact: Known<T>, read: (value: T) => Promise<U>): Promise<Known<U>> =>
  fact.known ? tried(read(fact.value)) : fact;
