import { DEFAULT_DISK_LEVELS } from '../domain/plan/disk-policy';
import { steadyGrowthPerSecond } from '../domain/sizing/growth-forecast';
import { headroomCurve, headroomDays, type HeadroomNeed } from '../domain/sizing/headroom-days';
import { USABLE_RATIO, rootSizing, type Sizing } from '../domain/sizing/sizing';
import type { BlockDevice, Fact, LiveNodeGroup, NodeGroupFacts } from './facts';
import type { Figure } from '../tables/figure';
import type { NodeGroupFigures } from './report-model';
import { ebsPrices, volumeCostPerMonth, type PriceTable } from '../tables/ebs-prices';

/** The minimum history of measured growth: less is an anecdote. Milliseconds. */
const MINIMUM_MEASURED_MS = 24 * 3_600_000;
const SECONDS_PER_DAY = 86_400;
const LEVELS = ['warning', 'critical', 'emergency', 'full', 'cap'] as const;

const figure = <T extends number>(fact: Fact<T>, absentWhy: string): Figure => {
  if (fact.state === 'known') return { value: fact.value };
  return { why: fact.state === 'absent' ? absentWhy : fact.why };
};

/** The sum or product of figures; the first that is not known tells why the result is not. */
const combine = (figures: readonly Figure[], of: (...values: number[]) => number): Figure => {
  const missing = figures.find((one) => 'why' in one);
  return missing ?? { value: of(...figures.map((one) => ('value' in one ? one.value : 0))) };
};

/** The sizing model adds up what a Linux node holds; of Windows and its images it knows nothing. */
export const isWindows = ({ image: { family } }: NodeGroupFacts): boolean =>
  family.state === 'known' && family.value === 'windows';

/** Why {@link sizingOf} has no answer, where it has none. */
const whyNoSizing = (group: NodeGroupFacts): string =>
  isWindows(group)
    ? 'the sizing model adds up Linux nodes, and these are Windows'
    : 'the role of the nodes is not known';

/** What the sizing model wants of the group's root disk; unknown where the role is, and on Windows. */
export const sizingOf = (group: NodeGroupFacts): Sizing | undefined => {
  const { role, policy } = group;
  return role === 'unknown' || isWindows(group)
    ? undefined
    : rootSizing({
        role,
        ...(policy.etcdQuotaGiB !== undefined && { etcdQuotaGiB: policy.etcdQuotaGiB }),
        ...(policy.diskLevels !== undefined && { warningPercent: policy.diskLevels.warningPercent }),
      });
};

/**
 * The figures of one node group at one revision. Never throws; what is not known says why.
 *
 * @param live what the account says; its growth goes before the declared one
 */
export const figuresOf = (
  group: NodeGroupFacts,
  live?: LiveNodeGroup,
  prices: PriceTable = ebsPrices(),
): NodeGroupFigures => {
  const { policy } = group;
  const sizing = sizingOf(group);
  const sizeGiB = rootSizeOf(group.rootVolume);
  const maxSizeGiB: Figure =
    policy.maxSizeGiB === undefined
      ? { why: 'no maxSizeGiB is declared, so nothing grows the volume' }
      : { value: policy.maxSizeGiB };
  const growth = growthOf(group, live);
  const headroom = headroomOf(group, sizing, sizeGiB, growth.figure);
  const nodes = {
    min: figure(group.nodes.min, 'the template names no minimum number of nodes'),
    max: figure(group.nodes.max, 'the template names no largest number of nodes'),
  };
  const now = costOf(group, sizeGiB, prices);
  const atCap = costOf(
    group,
    combine([sizeGiB, maxSizeGiB], (size, cap) => Math.max(size, cap)),
    prices,
  );
  const times = (count: number, cost: number): number => Number((count * cost).toFixed(2));
  return {
    nodes,
    sizeGiB,
    maxSizeGiB,
    recommendedGiB: sizing ? { value: sizing.recommendedGiB } : { why: whyNoSizing(group) },
    growthGiBPerDay: growth.figure,
    growthSource: growth.source,
    ...headroom,
    costPerMonth: {
      atMin: combine([nodes.min, now], times),
      atMax: combine([nodes.max, now], times),
      atCap: combine([nodes.max, atCap], times),
    },
  };
};

const rootSizeOf = (root: Fact<BlockDevice>): Figure => {
  if (root.state === 'unknown') return { why: root.why };
  const why = 'no size is declared, so root has the size of its image';
  if (root.state === 'absent') return { why };
  return root.value.ebs ? figure(root.value.sizeGiB, why) : { why: 'root is not an EBS volume' };
};

const growthOf = (
  { policy }: NodeGroupFacts,
  live: LiveNodeGroup | undefined,
): { readonly figure: Figure; readonly source: NodeGroupFigures['growthSource'] } => {
  const measured = live && measuredGrowthGiBPerDay(live);
  if (measured !== undefined) return { figure: { value: measured }, source: 'measured' };
  const declared = policy.growthGiBPerDay;
  if (declared !== undefined && declared >= 0) return { figure: { value: declared }, source: 'declared' };
  return { figure: { why: 'no growth is measured or declared (growthGiBPerDay)' }, source: 'none' };
};

/** GiB a day by the samples of the fullest node; undefined: too little history, or no volume to count it on. */
export const measuredGrowthGiBPerDay = ({ samples, volumes }: LiveNodeGroup): number | undefined => {
  const times = samples.map(({ atMs }) => atMs);
  const span =
    times.reduce((a, b) => Math.max(a, b), -Infinity) - times.reduce((a, b) => Math.min(a, b), Infinity);
  // The percents do not say of which node they are; its largest volume is the careful guess.
  const sizeGiB = volumes.reduce((most, volume) => Math.max(most, volume.sizeGiB), 0);
  const percentPerSecond = steadyGrowthPerSecond(samples);
  if (!(span >= MINIMUM_MEASURED_MS) || sizeGiB === 0 || percentPerSecond === undefined) return undefined;
  return (percentPerSecond / 100) * sizeGiB * USABLE_RATIO * SECONDS_PER_DAY;
};

const headroomOf = (
  { policy }: NodeGroupFacts,
  sizing: Sizing | undefined,
  sizeGiB: Figure,
  growth: Figure,
): Pick<NodeGroupFigures, 'days' | 'curve'> => {
  // For nodes of unknown role a worker's initial use counts, which is the greater.
  const { usedAtFirstBootGiB } = sizing ?? rootSizing({ role: 'worker' });
  const missing = [sizeGiB, growth].find((one) => 'why' in one);
  if (missing !== undefined || !('value' in sizeGiB) || !('value' in growth)) {
    const why: Figure = missing ?? { why: 'the size is not known' };
    return { days: { warning: why, critical: why, emergency: why, full: why, cap: why }, curve: [] };
  }
  const need: HeadroomNeed = {
    sizeGiB: sizeGiB.value,
    usedAtFirstBootGiB,
    growthGiBPerDay: growth.value,
    levels: policy.diskLevels ?? DEFAULT_DISK_LEVELS,
    ...(policy.maxSizeGiB !== undefined && { maxSizeGiB: policy.maxSizeGiB }),
  };
  const days = headroomDays(need);
  const asFigure = (key: (typeof LEVELS)[number]): Figure => {
    if (key === 'cap' && policy.maxSizeGiB === undefined) return { why: 'no maxSizeGiB is declared' };
    return Number.isFinite(days[key]) ? { value: days[key] } : { why: 'never: / does not grow' };
  };
  return {
    days: Object.fromEntries(
      LEVELS.map((key) => [key, asFigure(key)]),
    ) as unknown as NodeGroupFigures['days'],
    curve: headroomCurve(need).points,
  };
};

/** US dollars a month of one node's root volume at this size. */
const costOf = ({ rootVolume, region }: NodeGroupFacts, sizeGiB: Figure, prices: PriceTable): Figure => {
  if ('why' in sizeGiB || rootVolume.state !== 'known') return sizeGiB;
  const { volumeType, iops, throughputMiBps } = rootVolume.value;
  if (region.state !== 'known') {
    return { why: region.state === 'unknown' ? region.why : 'the stack is bound to no region' };
  }
  if (volumeType.state !== 'known') {
    return { why: volumeType.state === 'unknown' ? volumeType.why : 'no volume type is declared' };
  }
  const unread = [iops, throughputMiBps].find((fact) => fact.state === 'unknown');
  if (unread?.state === 'unknown') return { why: unread.why };
  return volumeCostPerMonth(
    {
      volumeType: volumeType.value,
      sizeGiB: sizeGiB.value,
      ...(iops.state === 'known' && { iops: iops.value }),
      ...(throughputMiBps.state === 'known' && { throughputMiBps: throughputMiBps.value }),
    },
    region.value,
    prices,
  );
};
