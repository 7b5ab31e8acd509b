import type { LiveNodeGroup, NodeGroupFacts } from '../facts';
import type { Outcome, Rule } from '../rule';
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
        mend: `Change ${whereToEdit(group, 'rootVolume.sizeGiB', 'the volume size')} from ${figure(sizeGiB)} to ${figure(largest.sizeGiB)}.`,
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
      mend: 'Deploy, and let new nodes take the place of the old ones; or grow the volumes in place.',
    },
  );
};

export const liveSizeDrift: Rule = {
  id: 'live-size-drift',
  severity: 'warning',
  title: 'Live volumes differ from the declared size',
  what: 'With --live: sizes of the root volumes in the account, against the declared size.',
  why: 'Healing grew it because it was needed. A node that starts with the old size runs into the same alarm again.',
  mend: 'Declare the size that the volumes have grown to.',
  check: ({ head, live }) =>
    live === undefined
      ? []
      : head.nodeGroups
          .filter(({ kind }) => kind !== 'launch-template')
          .map((group) =>
            check(
              group,
              live.find(({ id }) => id === group.id),
            ),
          ),
};
