import type { Fact } from '../facts';
import type { Rule } from '../rule';
import { bornGiB, sizeFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { pairedGroups } from './support/pairs';

const whyNot = (size: Fact<number>): string =>
  size.state === 'unknown' ? size.why : 'no size is declared, it is the image’s';

export const rootVolumeShrinks: Rule = {
  id: 'root-volume-shrinks',
  severity: 'error',
  title: 'Root volume shrinks',
  what: 'The declared size of each root volume, before and after this change.',
  why: 'An EBS volume never shrinks: running nodes keep what they have, new ones are born with less room than the data of their elders takes, and a single instance is replaced.',
  mend: 'Keep the size; to give space back, let new nodes take the place of old ones and lower the size of none below what is used.',
  check: ({ head, base }) =>
    base === undefined
      ? []
      : pairedGroups(base, head).map(({ before, after }) => {
          const subject = groupSubject(after);
          const [was, is] = [bornGiB(before), bornGiB(after)];
          if (was.state === 'absent' && is.state === 'absent') return pass(subject);
          if (was.state !== 'known')
            return cannotTell(
              subject,
              `the size of ${volumeName(before)} in the base is unknown: ${whyNot(was)}`,
            );
          if (is.state !== 'known')
            return cannotTell(subject, `the size of ${volumeName(after)} is unknown: ${whyNot(is)}`);
          if (is.value >= was.value) return pass(subject);
          return finding(
            subject,
            `${volumeName(after)} shrinks from ${figure(was.value)} GiB to ${figure(is.value)} GiB.`,
            {
              mend: `Set ${whereToEdit(after, 'rootVolume.sizeGiB', 'the volume size')} back to ${figure(was.value)}.`,
              fix: sizeFix(after, was.value),
            },
          );
        }),
};
