import type { NodeGroupPolicy } from '../../domain/plan/disk-policy';
import { levelOf } from '../../domain/plan/disk-level';
import { steadyGrowthPerSecond, type UsageSample } from '../../domain/sizing/growth-forecast';
import { headroomDays, type HeadroomDays } from '../../domain/sizing/headroom-days';
import { known, unknown, type Known } from '../../domain/known';
import { CONTROL_PLANE_GROUP } from '../../domain/names/naming';
import { policyOf } from '../../domain/plan/node-group-policies';
import { USABLE_RATIO } from '../../domain/sizing/sizing';
import type { ListedHeal, ListedNode, StatusFacts } from './status-facts';

/** EBS takes so many modifications of a volume in a rolling day: ../../domain/ebs-budget.ts */
export const MODIFICATIONS_PER_DAY = 4;
const DAY_MS = 86_400_000;

/** One row. GiB, percent and days as named; what is not known says why. */
export interface NodeStatus {
  readonly instanceId: string;
  readonly nodeGroup: string;
  /** EC2's word, e.g. `running`. */
  readonly state: string;
  /** Systems Manager's word, e.g. `Online`. */
  readonly agent: Known<string>;
  /** `/`, bytes or inodes, whichever is fuller. */
  readonly usedPercent: Known<number>;
  readonly level: 'warning' | 'critical' | 'emergency' | 'below' | 'unknown';
  /** About: from the volume's size and the used percent. */
  readonly freeGiB: Known<number>;
  readonly volumeGiB: Known<number>;
  readonly declaredGiB: Known<number>;
  readonly capGiB: Known<number>;
  /** null: none in {@link HEALS_DAYS} days. */
  readonly lastHeal: Known<{ readonly startedAtMs: number; readonly verdict: string } | null>;
  readonly budget: Known<{
    /** Modifications that EBS still takes today. */
    readonly left: number;
    /** The last one has not ended, so that none is taken now. */
    readonly busy: string | null;
  }>;
  /** Infinity: never, by the history. */
  readonly days: Known<HeadroomDays>;
  readonly alarms: Known<readonly string[]>;
}

/** Systems Manager keeps executions for so long. */
export const HEALS_DAYS = 30;

/** Used and free by a whole environment's rules. */
export interface GroupRules {
  readonly policies: Readonly<Record<string, NodeGroupPolicy>>;
  /** The group of an instance that bears no tag of Headroom. */
  readonly groupOf: (node: ListedNode) => string | undefined;
}

export const nodeStatuses = (facts: StatusFacts, rules: GroupRules, nowMs: number): readonly NodeStatus[] =>
  facts.nodes
    .map((node) => nodeStatus(node, facts, rules, nowMs))
    .sort((a, b) => order(a).localeCompare(order(b)));

/** The control plane first. */
const order = ({ nodeGroup, instanceId }: NodeStatus): string =>
  `${nodeGroup === CONTROL_PLANE_GROUP ? 0 : 1} ${nodeGroup} ${instanceId}`;

const map = <T, U>(fact: Known<T>, use: (value: T) => Known<U>): Known<U> =>
  fact.known ? use(fact.value) : fact;

const present = <T>(value: T | undefined, why: string): Known<T> =>
  value === undefined ? unknown(why) : known(value);

const nodeStatus = (
  node: ListedNode,
  facts: StatusFacts,
  { policies, groupOf }: GroupRules,
  nowMs: number,
): NodeStatus => {
  const { instanceId, state, rootVolumeId } = node;
  const nodeGroup = groupOf(node) ?? 'unknown';
  const policy = policyOf(policies, nodeGroup);
  const series = map(facts.series, (all) => present(all.get(instanceId), 'no metrics were read'));
  const volumeGiB = map(facts.volumes, (sizes) =>
    rootVolumeId === undefined
      ? unknown('the root device is not an EBS volume')
      : present(sizes.get(rootVolumeId), 'EC2 does not say'),
  );
  const usedPercent = map(series, ({ lately }) => present(newest(lately), 'no measurement in 15 minutes'));
  return {
    ...{ instanceId, nodeGroup, state, usedPercent, volumeGiB },
    agent: map(facts.agents, (agents) => present(agents.get(instanceId), 'the agent never registered')),
    level:
      policy === undefined ? 'unknown' : levelOf(usedPercent.known ? usedPercent.value : undefined, policy),
    freeGiB: map(usedPercent, (used) =>
      map(volumeGiB, (size) => known(size * USABLE_RATIO * (1 - used / 100))),
    ),
    declaredGiB: present(policy?.sizeGiB, 'the group is not in the environment file'),
    capGiB: present(policy?.maxSizeGiB, 'the group is not in the environment file'),
    lastHeal: map(facts.heals, (heals) => known(lastHealOf(heals, instanceId))),
    budget: budgetOf(node, facts, nowMs),
    days: map(series, ({ history, lately }) =>
      map(volumeGiB, (sizeGiB) =>
        policy === undefined
          ? unknown('the group is not in the environment file')
          : forecast(newest(lately) ?? newest(history), history, sizeGiB, policy),
      ),
    ),
    alarms: map(facts.alarms, (alarms) =>
      known(alarms.filter((alarm) => alarm.instanceId === instanceId).map(({ name }) => name)),
    ),
  };
};

const newest = (samples: readonly UsageSample[]): number | undefined =>
  samples.reduce<UsageSample | undefined>(
    (last, sample) => (last === undefined || sample.atMs > last.atMs ? sample : last),
    undefined,
  )?.usedPercent;

const lastHealOf = (heals: readonly ListedHeal[], instanceId: string) => {
  const own = heals.filter((heal) => heal.instanceId === instanceId);
  const [last] = own.sort((a, b) => b.startedAtMs - a.startedAtMs);
  return last === undefined ? null : { startedAtMs: last.startedAtMs, verdict: last.verdict };
};

/** EC2 reports only the latest modification; the earlier ones of today are in Headroom's own metric. */
const budgetOf = (
  { instanceId, rootVolumeId }: ListedNode,
  facts: StatusFacts,
  nowMs: number,
): NodeStatus['budget'] =>
  map(facts.modifications, (modifications) =>
    map(facts.series, (series) => {
      if (rootVolumeId === undefined) return unknown('the root device is not an EBS volume');
      const own = series.get(instanceId);
      if (own === undefined) return unknown('no metrics were read');
      const latest = modifications.get(rootVolumeId);
      const today = (atMs: number | undefined): boolean => atMs !== undefined && atMs > nowMs - DAY_MS;
      const counted = own.grows.filter(({ atMs }) => today(atMs)).reduce((sum, { value }) => sum + value, 0);
      const made = Math.max(counted, latest?.state !== 'failed' && today(latest?.startedAtMs) ? 1 : 0);
      const ended = latest === undefined || latest.state === 'completed' || latest.state === 'failed';
      const progress = latest?.progressPercent === undefined ? '' : ` ${latest.progressPercent} %`;
      return known({
        left: Math.max(0, MODIFICATIONS_PER_DAY - Math.round(made)),
        busy: ended ? null : `${latest.state}${progress}`,
      });
    }),
  );

const forecast = (
  usedPercent: number | undefined,
  history: readonly UsageSample[],
  sizeGiB: number,
  policy: NodeGroupPolicy,
): Known<HeadroomDays> => {
  if (usedPercent === undefined) return unknown('no recent measurement');
  const pace = steadyGrowthPerSecond(history);
  if (pace === undefined) return unknown('too little history');
  const inGiB = (percent: number): number => (percent / 100) * sizeGiB * USABLE_RATIO;
  return known(
    headroomDays({
      ...{ sizeGiB, usedAtFirstBootGiB: inGiB(usedPercent), levels: policy, maxSizeGiB: policy.maxSizeGiB },
      growthGiBPerDay: inGiB(pace * 86_400),
    }),
  );
};

/** Whether a person should check the environment. */
export const needsALook = (nodes: readonly NodeStatus[], alarms: StatusFacts['alarms']): boolean =>
  nodes.length === 0 ||
  !alarms.known ||
  alarms.value.length > 0 ||
  nodes.some(
    (node) =>
      node.level !== 'below' ||
      (node.agent.known && node.agent.value !== 'Online') ||
      (node.lastHeal.known && node.lastHeal.value?.verdict === 'escalated'),
  );
