import type { Rule } from '../rule';
import {
  MINIMUM_ROOT_GIB,
  initialSizeGiB,
  isExisting,
  nodeSeverity,
  raiseSize,
  volumeName,
} from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';

export const rootVolumeBelowMinimum: Rule = {
  id: 'root-volume-below-minimum',
  severity: 'error',
  title: `Root volume below ${MINIMUM_ROOT_GIB} GiB`,
  what: 'The initial size of each node group’s root volume.',
  why: `A system with Kubernetes, its images and its logs takes more than half of ${MINIMUM_ROOT_GIB} GiB; a smaller disk is full after the first upgrade, the kubelet evicts pods, and at 100 % it cannot start its static pods.`,
  mend: `Give the root volume at least ${MINIMUM_ROOT_GIB} GiB.`,
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const subject = groupSubject(group);
      const size = initialSizeGiB(group);
      // Nothing declared is root-volume-size-of-image's.
      if (size.state === 'absent') return [];
      if (size.state === 'unknown')
        return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
      if (size.value >= MINIMUM_ROOT_GIB) return [pass(subject)];
      return [
        finding(
          subject,
          `${volumeName(group)} starts with ${figure(size.value)} GiB, below the minimum of ${MINIMUM_ROOT_GIB} GiB.`,
          {
            ...raiseSize(group, MINIMUM_ROOT_GIB),
            // It is so already: whoever attaches it mends it, and must not be kept from it.
            severity: isExisting(group) ? 'warning' : nodeSeverity(group),
          },
        ),
      ];
    }),
};
