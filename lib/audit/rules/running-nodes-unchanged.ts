import type { NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { rootFilesystem } from './support/agent-series';
import { figure, finding, groupSubject, pass } from './support/outcomes';
import { pairedGroups } from './support/pairs';

const levelsOf = ({ policy: { kubelet } }: NodeGroupFacts): string | undefined =>
  kubelet &&
  [kubelet.imageGcLowPercent, kubelet.imageGcHighPercent, kubelet.evictionPercent]
    .map((percent) => (percent === undefined ? '?' : figure(percent)))
    .join(' / ');

const filesystemOf = ({ image: { family } }: NodeGroupFacts): string | undefined =>
  family.state === 'known' ? rootFilesystem(family.value) : undefined;

/** Single instances that are the same before and after: what their template says now they never see. */
const staying = (before: NodeGroupFacts, after: NodeGroupFacts): string[] =>
  after.instances.flatMap(({ place: { logicalId }, replacing }) => {
    const was = before.instances.find((instance) => instance.place.logicalId === logicalId);
    return was !== undefined && JSON.stringify(was.replacing) === JSON.stringify(replacing)
      ? [logicalId]
      : [];
  });

const compare = (before: NodeGroupFacts, after: NodeGroupFacts): Outcome => {
  const subject = groupSubject(after);
  const [oldFilesystem, filesystem] = [filesystemOf(before), filesystemOf(after)];
  const [stays] = staying(before, after);
  if (stays !== undefined && oldFilesystem !== filesystem && oldFilesystem && filesystem)
    return finding(
      subject,
      `${after.name} changes from an image whose / is ${oldFilesystem} to one with ${filesystem}, while ${stays} keeps running: its disk alarms ask for fstype ${filesystem}, which it never sends.`,
      {
        severity: 'error',
        remediation: `Set os of ${after.name} back. Another system takes new instances: replace them one by one, then change it.`,
      },
    );
  const [oldLevels, levels] = [levelsOf(before), levelsOf(after)];
  return oldLevels === levels || oldLevels === undefined
    ? pass(subject)
    : finding(
        subject,
        `Running nodes of ${after.name} keep the kubelet's levels ${oldLevels} % (image collection low, high, eviction); ${levels ?? 'the defaults'} ${levels === undefined ? 'are' : '% is'} what nodes get that are made from now on.`,
      );
};

/** A group whose kubelet collects images from this level on. */
const collectsFrom = (percent: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::AutoScaling::AutoScalingGroup
      Metadata:
        Headroom: { role: worker, kubelet: { imageGcLowPercent: 60, imageGcHighPercent: ${percent}, evictionPercent: 85 } }
      Properties: { MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: node, Version: '1' } }
`;

export const runningNodesUnchanged = defineRule({
  id: 'running-nodes-unchanged',
  severity: 'warning',
  title: 'The change does not reach running nodes',
  needs: ['nodeGroups', 'base'],
  what: [
    'What a node gets when it is made and keeps: the kubelet’s image collection and eviction levels, and the filesystem of / where instances stay, against the base.',
    'The levels are those of `Metadata.Headroom.kubelet`. A single instance that the change does not replace keeps its filesystem: a change of it is an error.',
  ],
  why: [
    'Alarms and healing follow the new levels at once, while the kubelet of a running node collects images and evicts at the old ones; an alarm on a filesystem that a running node does not have never fires.',
    'The kubelet’s thresholds are in each node’s own configuration, written at its first boot. Control-plane instances stay when `os` is edited, so their `/` stays ext4 or xfs. Their disk alarms name the filesystem, and with the other one they match no series: a full disk raises none.',
  ],
  fix: [
    'Renew the kubelet’s configuration of running nodes, or replace workers: docs/bootstrap.md, “Levels of running nodes”.',
    'The steps: [bootstrap.md](../bootstrap.md#levels-of-running-nodes). Leave `os` of a control plane as it is, or replace its instances one by one first.',
  ],
  acceptable: 'the nodes are replaced this week',
  examples: [{ base: collectsFrom(75), fails: collectsFrom(65), passes: collectsFrom(75) }],
  check: ({ head, base }) => pairedGroups(base, head).map(({ before, after }) => compare(before, after)),
});
