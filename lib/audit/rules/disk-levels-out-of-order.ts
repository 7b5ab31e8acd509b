import { KUBELET_DEFAULTS, outOfOrder, type DiskPoint } from '../../domain/plan/disk-order';
import type { Facts, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
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

/** The first notification of a filling disk: the declared warning, else the lowest threshold of the disk alarms. */
const firstWarning = (group: NodeGroupFacts, { alarms }: Pick<Facts, 'alarms'>): Warning => {
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
  // Healing that starts before the kubelet has collected its images buys disk for what could be deleted. Of other alarms
  // only eviction matters: an operator may well want a notification before the kubelet cleans.
  const collected =
    warning !== undefined && (diskLevels !== undefined || !high.isDefault) ? rising(high, warning) : [];
  const evicted = warning === undefined ? [] : rising(warning, eviction);
  const declared = high.isDefault && eviction.isDefault ? [] : rising(high, eviction);
  return [...within, ...collected, ...evicted, ...declared];
};

const check = (group: NodeGroupFacts, head: Pick<Facts, 'alarms'>): Outcome[] => {
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
          remediation: found.every(({ isDefault }) => isDefault)
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

/** A worker group with Headroom's default levels, and what more its metadata declare. */
const levels = (kubelet: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::AutoScaling::AutoScalingGroup
      Metadata:
        Headroom:
          role: worker
          diskLevels: { targetPercent: 75, warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 }
          kubelet: { ${kubelet}, evictionPercent: 85 }
      Properties: { MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: node, Version: '1' } }
`;

export const diskLevelsOutOfOrder = defineRule({
  id: 'disk-levels-out-of-order',
  severity: 'error',
  title: 'Disk levels out of order',
  needs: ['nodeGroups', 'alarms'],
  what: [
    'The order of what happens while a disk fills: image collection low < image collection high < warning < eviction, and target < warning < critical < emergency < 100 %.',
    'All are used percent of `/`. It takes `diskLevels` and `kubelet` of [Metadata.Headroom](metadata.md); without `diskLevels`, the lowest threshold of the group’s disk alarms is the warning. On Kubernetes nodes the kubelet’s defaults fill in what is not declared: images are collected from 85 % down to 80 %, and on one filesystem eviction begins at 85 % used (`imagefs.available` 15 %). A finding that depends on such a default alone is a warning, and its message says so.',
    'Against your own alarms the default of image collection does not count: many operators want to be notified before the kubelet cleans.',
  ],
  why: [
    'A warning above eviction rings when pods are gone already. A warning below image collection heals, and buys disk that is never given back, before the kubelet has done its own cleaning. A target at the warning makes a healed node ring again at once.',
  ],
  fix: [
    'Order the levels: image collection low < image collection high < warning < eviction, and target < warning < critical < emergency.',
    'Set the kubelet’s image collection below the warning (`imageGCHighThresholdPercent` and `imageGCLowThresholdPercent` of KubeletConfiguration), and declare it, so that the audit knows. The groups of an [attached environment](../attach.md#what-the-audit-says) have no place to declare it: set it where the nodes are made, and suppress the finding.',
  ],
  acceptable: 'images are on another filesystem',
  examples: [
    {
      fails: levels('imageGcHighPercent: 85, imageGcLowPercent: 80'),
      passes: levels('imageGcHighPercent: 75, imageGcLowPercent: 70'),
    },
  ],
  check: ({ head }) => head.nodeGroups.flatMap((group) => check(group, head)),
});
