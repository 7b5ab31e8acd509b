import type { Rule } from '../rule';
import { initialSizeGiB, groupFix, isHealed, volumeName, whereToEdit } from './support/node-group';
import { figure, finding, groupSubject, pass } from './support/outcomes';

/** A cap that leaves room for several growths and still bounds the bill. */
const SUGGESTED_RATIO = 3;

export const growthCapMissing: Rule = {
  id: 'growth-cap-missing',
  severity: 'warning',
  title: 'No growth cap',
  what: 'Whether each node group declares maxSizeGiB, the size beyond which healing never grows its root volume.',
  why: 'No cap, no growth: healing can only clean up, and escalates to a person when that is not enough.',
  mend: 'Declare maxSizeGiB, in the environment file or in Metadata.Headroom.',
  check: ({ head }) =>
    // Of a template that nothing uses nobody knows whether it has nodes.
    head.nodeGroups
      .filter((group) => group.kind !== 'launch-template' || isHealed(group))
      .map((group) => {
        const subject = groupSubject(group);
        if (group.policy.maxSizeGiB !== undefined) return pass(subject);
        const size = initialSizeGiB(group);
        const suggested = size.state === 'known' ? Math.ceil(size.value * SUGGESTED_RATIO) : undefined;
        const healed = isHealed(group);
        return finding(
          subject,
          healed
            ? `${volumeName(group)} has no maxSizeGiB: Headroom will never grow it.`
            : `Nothing declares that ${volumeName(group)} may grow, nor how far: when it is full, a person grows it.`,
          {
            severity: healed ? undefined : 'note',
            mend: `Set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')}${suggested === undefined ? '' : ` to e.g. ${figure(suggested)}`}.`,
            fix:
              healed && suggested !== undefined
                ? groupFix(group, 'rootVolume.maxSizeGiB', suggested)
                : undefined,
          },
        );
      }),
};
