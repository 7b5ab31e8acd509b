import type { LiveNodeGroup, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { initialSizeGiB, sizeFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';

const check = (group: NodeGroupFacts, live: LiveNodeGroup | undefined): Outcome => {
  const subject = groupSubject(group);
  if (live === undefined) return cannotTell(subject, 'nothing of it was found in the account');
  const [largest] = [...live.volumes].sort(
    (a, b) => b.sizeGiB - a.sizeGiB || (a.volumeId < b.volumeId ? -1 : 1),
  );
  if (largest === undefined) return cannotTell(subject, 'no volume of it was found in the account');
  const declared = initialSizeGiB(group);
  const sizeGiB = group.policy.sizeGiB ?? (declared.state === 'known' ? declared.value : undefined);
  if (sizeGiB === undefined)
    return cannotTell(
      subject,
      `the declared size of ${volumeName(group)} is unknown: ${declared.state === 'unknown' ? declared.why : 'none is declared, it is the image’s'}`,
    );
  if (largest.sizeGiB > sizeGiB) {
    const fix = sizeFix(group, largest.sizeGiB);
    return finding(
      subject,
      `${largest.volumeId} of ${largest.instanceId} has ${figure(largest.sizeGiB)} GiB, and ${group.name} declares ${figure(sizeGiB)} GiB: the next node starts too small.`,
      {
        remediation: `Change ${whereToEdit(group, 'rootVolume.sizeGiB', 'the volume size')} from ${figure(sizeGiB)} to ${figure(largest.sizeGiB)}.`,
        fix,
      },
    );
  }
  const smaller = live.volumes.filter((volume) => volume.sizeGiB < sizeGiB);
  if (smaller.length === 0) return pass(subject);
  return finding(
    subject,
    `${smaller.length} of the ${live.volumes.length} volumes of ${group.name} are smaller than the declared ${figure(sizeGiB)} GiB, the smallest of them ${figure(Math.min(...smaller.map((volume) => volume.sizeGiB)))} GiB.`,
    {
      severity: 'note',
      remediation: 'Deploy, and let new nodes take the place of the old ones; or grow the volumes in place.',
    },
  );
};

/** A group whose template gives new nodes this much. */
const workers = (sizeGiB: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::AutoScaling::AutoScalingGroup
      Metadata: { Headroom: { nodeGroup: general, role: worker, sizeGiB: ${sizeGiB}, maxSizeGiB: 400 } }
      Properties: { MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: node, Version: '1' } }
`;

export const liveSizeDrift = defineRule({
  id: 'live-size-drift',
  severity: 'warning',
  title: 'Live volumes differ from the declared size',
  needs: ['nodeGroups', 'live'],
  what: [
    'With --live: sizes of the root volumes in the account, against the declared size.',
    'The declared size is `sizeGiB` of [Metadata.Headroom](metadata.md), else the template’s. The largest volume counts. Volumes smaller than declared are a note: they were created before the size was raised.',
  ],
  why: [
    'Healing grew it because it was needed. A node that starts with the old size runs into the same alarm again.',
  ],
  fix: [
    'Declare the size that the volumes have grown to.',
    'In an environment file the finding names the line, and `--fix` writes it.',
  ],
  acceptable: 'one node with a runaway log; the others use 20 GiB',
  examples: [{ liveGiB: { general: 80 }, fails: workers(40), passes: workers(80) }],
  check: ({ head, live }) =>
    head.nodeGroups
      .filter(({ kind }) => kind !== 'launch-template')
      .map((group) =>
        check(
          group,
          live.find(({ id }) => id === group.id),
        ),
      ),
});
