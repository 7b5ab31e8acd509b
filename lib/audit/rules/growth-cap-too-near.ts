import type { Rule } from '../rule';
import { initialSizeGiB, groupFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { grownOnceGiB } from './support/volume-limits';

export const growthCapTooNear: Rule = {
  id: 'growth-cap-too-near',
  severity: 'warning',
  title: 'Growth cap too near the size',
  what: 'Room between the size of the root volume (the live one, where it is known) and maxSizeGiB: at least two of healing’s least steps of max(10 GiB, 20 %).',
  why: 'With room for less than two growths, the first full disk takes the reserve and the second one is a night call: healing is at its cap.',
  mend: 'Raise maxSizeGiB so that two growths fit, or let the volume start that much smaller than its cap.',
  check: ({ head, live }) =>
    head.nodeGroups.flatMap((group) => {
      const { maxSizeGiB } = group.policy;
      if (maxSizeGiB === undefined) return [];
      const subject = groupSubject(group);
      const declared = initialSizeGiB(group);
      const volumes = live?.find(({ id }) => id === group.id)?.volumes ?? [];
      const grown = Math.max(0, ...volumes.map(({ sizeGiB }) => sizeGiB));
      if (declared.state !== 'known' && grown === 0)
        return [
          cannotTell(
            subject,
            `the size of ${volumeName(group)} is unknown: ${declared.state === 'unknown' ? declared.why : 'none is declared, it is the image’s'}`,
          ),
        ];
      const sizeGiB = Math.max(grown, declared.state === 'known' ? declared.value : 0);
      const needed = grownOnceGiB(grownOnceGiB(sizeGiB));
      if (maxSizeGiB >= needed) return [pass(subject)];
      const room =
        maxSizeGiB < sizeGiB
          ? 'less than it has'
          : maxSizeGiB === sizeGiB
            ? 'no room at all'
            : `room for ${figure(maxSizeGiB - sizeGiB)} GiB`;
      return [
        finding(
          subject,
          `The cap of ${figure(maxSizeGiB)} GiB leaves ${volumeName(group)}, ${grown > 0 && grown === sizeGiB ? 'already' : 'initially'} ${figure(sizeGiB)} GiB, ${room}; two growths need ${figure(needed)} GiB.`,
          {
            mend: `Set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')} to ${figure(needed)} or more.`,
            fix: groupFix(group, 'rootVolume.maxSizeGiB', needed),
          },
        ),
      ];
    }),
};
