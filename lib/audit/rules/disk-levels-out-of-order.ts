import { KUBELET_DEFAULTS, outOfOrder, type DiskPoint } from '../../domain/plan/disk-order';
import type { Facts, NodeGroupFacts } from '../facts';
import type { Outcome, Rule } from '../rule';
import { alarmKind, watchesGroup } from './support/alarms';
import { isExisting, isHealed, isKubernetes } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, listed, pass } from './support/outcomes';

interface Found {
  readonly text: string;
  readonly isDefault: boolean;
}

const level = (name: string, percent: number): DiskPoint => ({ name, percent });

const kubeletLevel = (
  group: NodeGroupFacts,
  key: keyof typeof KUBELET_DEFAULTS,
  name: string,
): DiskPoint & { readonly isDefault: boolean } => {
  const declared = group.policy.kubelet?.[key];
  return declared === undefined
    ? { name: `${name} (the kubelet's default)`, percent: KUBELET_DEFAULTS[key], isDefault: true }
    : { ...level(name, declared), isDefault: false };
};

const rising = (...points: readonly DiskPoint[]): Found[] =>
  outOfOrder(points).map(({ low, high }) => ({
    text: `${low.name} ${figure(low.percent)} % is not below ${high.name} ${figure(high.percent)} %`,
    isDefault: low.isDefault === true || high.isDefault === true,
  }));

type Warning = DiskPoint | { readonly why: string } | undefined;

/** Where somebody first hears of a filling disk: the declared warning, else the lowest threshold of the disk alarms. */
const firstWarning = (group: NodeGroupFacts, { alarms }: Facts): Warning => {
  const { diskLevels } = group.policy;
  if (diskLevels !== undefined) return level('warning', diskLevels.warningPercent);
  const used = alarms.filter(
    (alarm) =>
      watchesGroup(alarm, group) &&
      alarmKind(alarm) === 'level' &&
      alarm.comparison.state === 'known' &&
      alarm.comparison.value.startsWith('GreaterThan'),
  );
  const thresholds = used.flatMap(({ threshold }) => (threshold.state === 'known' ? [threshold.value] : []));
  if (thresholds.length > 0) return level('the first disk alarm', Math.min(...thresholds));
  const open = used.find(({ threshold }) => threshold.state === 'unknown');
  return open?.threshold.state === 'unknown'
    ? { why: `the disk alarm's threshold is unknown: ${open.threshold.why}` }
    : undefined;
};

const kubeletDisorders = (group: NodeGroupFacts, warning: DiskPoint | undefined): Found[] => {
  const { kubelet, diskLevels } = group.policy;
  const low = kubeletLevel(group, 'imageGcLowPercent', 'image collection low');
  const high = kubeletLevel(group, 'imageGcHighPercent', 'image collection high');
  const eviction = kubeletLevel(group, 'evictionPercent', 'eviction');
  // The kubelet itself refuses to start with low above high, also where one of them is its default.
  const within =
    kubelet === undefined ? [] : rising(low, high).map((found) => ({ ...found, isDefault: false }));
  // Healing that starts before the kubelet has collected its images buys disk for rubbish. Of somebody else's alarms
  // only eviction matters: a person may well want to hear earlier than the kubelet cleans.
  const collected =
    warning !== undefined && (diskLevels !== undefined || !high.isDefault) ? rising(high, warning) : [];
  const evicted = warning === undefined ? [] : rising(warning, eviction);
  const declared = high.isDefault && eviction.isDefault ? [] : rising(high, eviction);
  return [...within, ...collected, ...evicted, ...declared];
};

const check = (group: NodeGroupFacts, head: Facts): Outcome[] => {
  const subject = groupSubject(group);
  const { diskLevels, kubelet } = group.policy;
  const warning = firstWarning(group, head);
  const own =
    diskLevels === undefined
      ? []
      : rising(
          level('target', diskLevels.targetPercent),
          level('warning', diskLevels.warningPercent),
          level('critical', diskLevels.criticalPercent),
          level('emergency', diskLevels.emergencyPercent),
          level('full', 100),
        );
  const known = warning !== undefined && 'percent' in warning ? warning : undefined;
  const ofKubelet = isKubernetes(group) || isHealed(group) ? kubeletDisorders(group, known) : [];
  const found = [...own, ...ofKubelet];
  if (found.length > 0)
    return [
      finding(
        subject,
        `Levels of ${group.name} are out of order: ${listed(found.map(({ text }) => text))}.`,
        {
          severity: found.every(({ isDefault }) => isDefault) ? 'warning' : undefined,
          mend: found.every(({ isDefault }) => isDefault)
            ? fixDefault(known?.percent ?? KUBELET_DEFAULTS.evictionPercent, isExisting(group))
            : undefined,
        },
      ),
    ];
  if (warning !== undefined && 'why' in warning) return [cannotTell(subject, warning.why)];
  return warning === undefined && kubelet === undefined ? [] : [pass(subject)];
};

/** Five points lie between the kubelet's own two, too. */
const fixDefault = (warningPercent: number, attached: boolean): string => {
  if (warningPercent > KUBELET_DEFAULTS.evictionPercent)
    return `Lower the first disk level below the kubelet's eviction, e.g. to ${KUBELET_DEFAULTS.evictionPercent - 5}.`;
  const thresholds = `Set the kubelet's imageGCHighThresholdPercent to ${figure(warningPercent - 5)} and imageGCLowThresholdPercent to ${figure(warningPercent - 10)}`;
  return attached
    ? `${thresholds} where the nodes are made. Then suppress this finding: an attached group has no place to declare them.`
    : `${thresholds}, and declare them in Metadata.Headroom.kubelet.`;
};

export const diskLevelsOutOfOrder: Rule = {
  id: 'disk-levels-out-of-order',
  severity: 'error',
  title: 'Disk levels out of order',
  what: 'The order image collection low < high < warning < critical < emergency, target < warning < eviction, of what the template, Metadata.Headroom and the alarms declare; the kubelet’s defaults (image collection 85 → 80, eviction from 85 % used) fill in on Kubernetes nodes.',
  why: 'A level that rings after eviction tells of pods that are gone already; a warning below image collection heals, and buys disk, before the kubelet has done its own cleaning.',
  mend: 'Order the levels: image collection low < image collection high < warning < eviction, and target < warning < critical < emergency.',
  check: ({ head }) => head.nodeGroups.flatMap((group) => check(group, head)),
};
