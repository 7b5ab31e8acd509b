import { isWindows } from '../figures';
import type { Rule } from '../rule';
import { recommendedGiB } from './recommendation';
import { MINIMUM_ROOT_GIB, initialSizeGiB, isKubernetes, raiseSize, volumeName } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';

export const rootVolumeBelowRecommendation: Rule = {
  id: 'root-volume-below-recommendation',
  severity: 'warning',
  title: 'Root volume below what its role needs',
  what: 'The initial size of each Kubernetes node group’s root volume, against the sizing model of its role.',
  why: 'A node that starts small works, and is grown or evicts pods in its first weeks; every growth takes one of four modifications a day, and none is taken back.',
  mend: 'Give the root volume what the sizing model recommends for the role (docs/sizing.md).',
  check: ({ head }) =>
    head.nodeGroups.filter(isKubernetes).flatMap((group) => {
      const subject = groupSubject(group);
      const size = initialSizeGiB(group);
      // Nothing declared, or below the minimum: a finding of its own each.
      if (size.state === 'absent' || (size.state === 'known' && size.value < MINIMUM_ROOT_GIB)) return [];
      if (size.state === 'unknown')
        return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
      const recommended = recommendedGiB(group);
      if (recommended === undefined)
        return [
          cannotTell(
            subject,
            isWindows(group)
              ? `the sizing model adds up Linux nodes, and ${group.name} is Windows`
              : `nothing says whether ${group.name} is a control plane or a worker (Metadata.Headroom.role)`,
          ),
        ];
      if (size.value >= recommended) return [pass(subject)];
      return [
        finding(
          subject,
          `${volumeName(group)} starts with ${figure(size.value)} GiB, below the ${figure(recommended)} GiB that a ${group.role === 'worker' ? 'worker' : 'control-plane'} node needs.`,
          {
            ...raiseSize(group, recommended),
          },
        ),
      ];
    }),
};
