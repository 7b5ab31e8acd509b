import { declaredSizeGiB, type NodeGroupPolicy } from './disk-policy';
import { ebsBudget } from './ebs-budget';
import { whyNoGrowth } from './growth-block';
import { unusedBytes } from './half-grown';
import type { FilesystemFigures, RootFigures } from '../node/node-figures';
import { whyNoPolicy, whyNotOurs } from './node-standing';
import type { Observation, UsageHistory } from './observation';
import { planPurchase } from './plan-purchase';
import { GIB, formatBytes, formatPercent } from '../units';

/** What to do with a node; always with the reason, in words and with the figures. */
export type Plan =
  /** Nothing: use is below the warning level, and the volume has its declared size or gets it later. */
  | { readonly kind: 'none'; readonly reason: string }
  /**
   * Finish a half-done grow. `targetSizeGiB`: disk size to wait for; 0: the disk is there already. `untilMs`: it is not
   * enough, and the node can survive until this time, when more may be bought.
   */
  | {
      readonly kind: 'extend';
      readonly reason: string;
      readonly targetSizeGiB: number;
      readonly untilMs?: number;
    }
  /** Buy: `targetSizeGiB` is above the current size and not above the cap. */
  | {
      readonly kind: 'grow';
      readonly reason: string;
      readonly volumeId: string;
      readonly currentSizeGiB: number;
      readonly targetSizeGiB: number;
      /** Should EBS refuse: the node can survive until a later attempt. */
      readonly mayWait: boolean;
    }
  /** Growing is right, EBS does not take it now, and the node can survive until `untilMs`, when to try again. */
  | { readonly kind: 'wait'; readonly reason: string; readonly untilMs: number }
  /** The node is terminating, as its group or an operator intends: nothing is bought, and no one is notified. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** An operator must look. */
  | { readonly kind: 'escalate'; readonly reason: string };

/** From the weakest to the strongest; more use never gives a weaker plan. */
export const PLAN_STRENGTH: { readonly [K in Plan['kind']]: number } = {
  none: 0,
  extend: 2,
  grow: 3,
  wait: 4,
  escalate: 5,
  gone: 6,
};

/** Filesystems that `extend-root` can grow online; growing adds inodes to both (ext4 by block group, xfs on demand). */
const GROWABLE_FILESYSTEMS: readonly string[] = ['ext4', 'xfs'];

/**
 * The decision. Pure: the same input gives the same plan; never throws.
 * @param policy the node group's; undefined: the group has none, and so no cap and no growth
 * @param nowMs milliseconds since the epoch
 */
export const plan = (
  observation: Observation,
  policy: NodeGroupPolicy | undefined,
  history: UsageHistory,
  nowMs: number,
): Plan => {
  if (observation.standing === 'gone') return { kind: 'gone', reason: whyNotOurs(observation) ?? 'gone' };
  const stop = whyNotOurs(observation) ?? whyNoPolicy(observation, policy);
  if (stop !== undefined || policy === undefined) return escalate(stop ?? 'the node group has no policy');
  if (!observation.filesystem.known)
    return escalate(`the disk usage of / is unknown: ${observation.filesystem.why}`);

  const filesystem = observation.filesystem.value;
  const need = needOf(filesystem);
  if (need === undefined)
    return escalate(`disk usage of / is not a valid percentage: ${JSON.stringify(filesystem)}`);
  const use = describeUse(filesystem);
  if (need.percent < policy.warningPercent) {
    const well = `${use}, below the warning level of ${policy.warningPercent} %`;
    return planDeclaredSize(observation, policy, nowMs, well) ?? { kind: 'none', reason: well };
  }
  const over = `${use}, at or above the warning level of ${policy.warningPercent} %`;
  return planMoreSpace(observation, policy, history, nowMs, need.percent, over);
};

/**
 * A node that is well and has less than its group declares for nodes that run: finish a half-done grow, or buy once.
 * There is no hurry: what cannot be had now is asked for again by the sweep. undefined: nothing is declared.
 */
const planDeclaredSize = (
  observation: Observation,
  policy: NodeGroupPolicy,
  nowMs: number,
  well: string,
): Plan | undefined => {
  const declaredGiB = declaredSizeGiB(policy);
  if (declaredGiB === undefined) return undefined;
  const none = (more: string): Plan => ({ kind: 'none', reason: `${well}${more}` });
  const { volume, root, modifications } = observation;
  const unsure = (what: string, why: string): Plan =>
    none(`; whether it has the declared ${declaredGiB} GiB is unknown: ${what}: ${why}`);
  if (!volume.known) return unsure('the root volume', volume.why);
  if (!root.known) return unsure('the disk below /', root.why);
  if (!modifications.known) return unsure("the volume's modifications", modifications.why);

  const { volumeId, sizeGiB } = volume.value;
  const unused = unusedBytes(root.value, boughtGiB(observation));
  if (unused.total === 0 && sizeGiB >= declaredGiB) return none('');
  const growable = GROWABLE_FILESYSTEMS.includes(root.value.fsType);
  if (unused.total > 0 && growable) return extendPlan(observation, unused.beyondDisk > 0, unused.total, well);
  if (sizeGiB >= declaredGiB) return none('');
  const below = `${well}; ${volumeId} has ${sizeGiB} GiB, but ${declaredGiB} GiB are declared`;
  if (!growable) {
    const fsType = root.value.fsType || 'of unknown type';
    return escalate(`${below}; / is ${fsType}, but only ext4 and xfs can be grown`);
  }
  const blocked = whyNoGrowth(root.value, boughtGiB(observation));
  if (blocked !== undefined) return escalate(`${below}; ${blocked}`);
  const targetSizeGiB = Math.min(declaredGiB, Math.floor((root.value.maxDiskBytes ?? Infinity) / GIB));
  if (sizeGiB >= targetSizeGiB) return none(`; its disk is usable up to ${targetSizeGiB} GiB only`);
  const budget = ebsBudget(modifications.value, nowMs);
  if (!budget.allowed) {
    return {
      kind: 'none',
      reason: `${below}; it grows when EBS allows the next modification: ${budget.why}`,
    };
  }
  return {
    kind: 'grow',
    reason: `${below}; grow it in place`,
    volumeId,
    currentSizeGiB: sizeGiB,
    targetSizeGiB,
    mayWait: true,
  };
};

/** Cleaning was not enough: finish a half-done grow, or buy, or say why neither can be. */
const planMoreSpace = (
  observation: Observation,
  policy: NodeGroupPolicy,
  history: UsageHistory,
  nowMs: number,
  needPercent: number,
  over: string,
): Plan => {
  if (!observation.root.known)
    return escalate(`${over}; the disk below / is unknown: ${observation.root.why}`);
  const root = observation.root.value;
  if (!GROWABLE_FILESYSTEMS.includes(root.fsType)) {
    return escalate(`${over}; / is ${root.fsType || 'of unknown type'}, but only ext4 and xfs can be grown`);
  }

  const unused = unusedBytes(root, boughtGiB(observation));
  const extend =
    unused.total > 0 ? extendPlan(observation, unused.beyondDisk > 0, unused.total, over) : undefined;
  const projected = projectedPercent(needPercent, root, unused.total);
  if (extend !== undefined && projected < policy.warningPercent) return extend;

  const blocked = whyNoGrowth(root, boughtGiB(observation));
  const buy =
    blocked === undefined
      ? planPurchase(observation, {
          ...{ policy, history, nowMs, needPercent, over },
          unused: unused.total,
          maxDiskBytes: root.maxDiskBytes,
        })
      : escalate(`${over}; ${blocked}`);
  // Not enough on its own, yet free and at once: better than waiting or escalating without it.
  return extend !== undefined && buy.kind !== 'grow'
    ? {
        ...extend,
        reason: `${extend.reason}; ${buy.reason}`,
        ...(buy.kind === 'wait' && { untilMs: buy.untilMs }),
      }
    : buy;
};

const escalate = (reason: string): Plan => ({ kind: 'escalate', reason });

/** The fuller of bytes and inodes; undefined when a figure is not a percentage. */
const needOf = (filesystem: FilesystemFigures): { readonly percent: number } | undefined => {
  const figures = [filesystem.usedPercent, filesystem.inodesUsedPercent];
  return figures.every((figure) => figure >= 0 && figure <= 100)
    ? { percent: Math.max(...figures) }
    : undefined;
};

const describeUse = ({ usedPercent, inodesUsedPercent, availableBytes }: FilesystemFigures): string =>
  `/ is at ${formatPercent(usedPercent)} (${formatBytes(availableBytes)} available), inodes at ${formatPercent(inodesUsedPercent)}`;

/** The volume's size, or what its running modification will make of it. */
const boughtGiB = ({ volume, modifications }: Observation): number | undefined => {
  if (!volume.known) return undefined;
  const coming = modifications.known
    ? modifications.value
        .filter(({ state }) => state === 'modifying' || state === 'optimizing')
        .map(({ targetSizeGiB }) => targetSizeGiB ?? 0)
    : [];
  return Math.max(volume.value.sizeGiB, ...coming);
};

const extendPlan = (
  observation: Observation,
  awaitDisk: boolean,
  unused: number,
  over: string,
): Extract<Plan, { kind: 'extend' }> => ({
  kind: 'extend',
  reason: `${over}; ${formatBytes(unused)} of the disk are bought but not used yet: extend /, buy nothing`,
  targetSizeGiB: awaitDisk ? (boughtGiB(observation) ?? 0) : 0,
});

/** Use after an extension by `unused` bytes, in percent. */
const projectedPercent = (needPercent: number, root: RootFigures, unused: number): number =>
  (needPercent * root.sizeBytes) / (root.sizeBytes + unused);
