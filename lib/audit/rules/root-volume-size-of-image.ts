import type { Rule } from '../rule';
import { recommendedGiB } from './recommendation';
import {
  MINIMUM_ROOT_GIB,
  initialSizeGiB,
  nodeSeverity,
  sizeFix,
  volumeName,
  whereToEdit,
} from './support/node-group';
import { cannotTell, finding, groupSubject, pass } from './support/outcomes';
import { isMeantForRoot } from './support/root-device';

export const rootVolumeSizeOfImage: Rule = {
  id: 'root-volume-size-of-image',
  severity: 'error',
  title: 'Root volume has the size of its image',
  what: 'Whether the template declares a size for the root volume of each node group.',
  why: 'Without a declared size the root volume has the size of the image, which is 8 GiB on Ubuntu and Amazon Linux: full at the first upgrade, and another size with every image.',
  mend: 'Declare a block device mapping with the root device name of the image and a VolumeSize.',
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const subject = groupSubject(group);
      const size = initialSizeGiB(group);
      if (size.state === 'known') return [pass(subject)];
      if (size.state === 'unknown')
        return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
      // Meant for root, with a name that the image does not have: root-device-name-mismatch's.
      if (
        group.rootVolume.state === 'absent' &&
        group.blockDevices.state === 'known' &&
        group.blockDevices.value.some(isMeantForRoot)
      )
        return [];
      const sizeGiB = Math.max(MINIMUM_ROOT_GIB, recommendedGiB(group) ?? 0);
      return [
        finding(
          subject,
          `No size is declared for ${volumeName(group)}: it starts with the size of its image.`,
          {
            mend: `Set ${whereToEdit(group, 'rootVolume.sizeGiB', 'VolumeSize of the root device')} to ${sizeGiB}.`,
            severity: nodeSeverity(group),
            fix: sizeFix(group, sizeGiB),
          },
        ),
      ];
    }),
};
