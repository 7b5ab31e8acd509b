import type { Fact, NodeGroupFacts } from '../facts';
import { defineRule, yaml } from '../rule';
import { initialSizeGiB, isExisting, sizeFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { pairedGroups } from './support/pairs';
import { rootDeviceOf } from './support/root-device';

const whyNot = (size: Fact<number>): string =>
  size.state === 'unknown' ? size.why : 'no size is declared, it is the image’s';

const deviceName = ({ rootVolume }: NodeGroupFacts): string | undefined =>
  rootVolume.state === 'known' && rootVolume.value.deviceName.state === 'known'
    ? rootVolume.value.deviceName.value
    : undefined;

const rootIsKnown = ({ image: { family } }: NodeGroupFacts): boolean =>
  family.state === 'known' && rootDeviceOf(family.value) !== undefined;

/** Of two names for the root of an unknown image, at most one is right: the other was a second volume. */
const otherName = (before: NodeGroupFacts, after: NodeGroupFacts): string | undefined => {
  const [was, is] = [deviceName(before), deviceName(after)];
  if (was === undefined || is === undefined || was === is) return undefined;
  return rootIsKnown(before) && rootIsKnown(after)
    ? undefined
    : `its root was mapped as ${was} and is mapped as ${is}, and which of them the image has is unknown`;
};

/** A group with a root volume of this size. */
const rootVolume = (sizeGiB: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: ${sizeGiB}, Encrypted: true } }]
`;

export const rootVolumeShrinks = defineRule({
  id: 'root-volume-shrinks',
  severity: 'error',
  title: 'Root volume shrinks',
  needs: ['nodeGroups', 'base'],
  what: [
    'The declared size of each root volume, before and after this change.',
    'Node groups are paired by their construct path, or by stack and logical id. Where the root’s mapping has another name than in the base, on an image whose root device is unknown, it is "cannot tell": one of the two names was a second volume.',
  ],
  why: [
    'An EBS volume never shrinks: running nodes keep what they have, new ones start with less space than the data of existing nodes takes, and a single instance is replaced.',
    'An `AWS::EC2::Instance` is replaced where it maps its devices itself. A deploy refuses the change on a control plane and on groups with `growExisting` ([sizes in place](../sizes-in-place.md)).',
  ],
  fix: [
    'Keep the size. To give space back, let new nodes take the place of old ones, and lower the size of none below what is used.',
    '`--fix` puts the size in the environment file back.',
  ],
  acceptable: 'images moved to another volume; 20 GiB are used',
  examples: [{ base: rootVolume(64), fails: rootVolume(32), passes: rootVolume(64) }],
  check: ({ head, base }) =>
    pairedGroups(base, head)
      // A declared size of existing nodes describes them, and changes none.
      .filter(({ after }) => !isExisting(after))
      .map(({ before, after }) => {
        const subject = groupSubject(after);
        const [was, is] = [initialSizeGiB(before), initialSizeGiB(after)];
        if (was.state === 'absent' && is.state === 'absent') return pass(subject);
        if (was.state !== 'known')
          return cannotTell(
            subject,
            `the size of ${volumeName(before)} in the base is unknown: ${whyNot(was)}`,
          );
        if (is.state !== 'known')
          return cannotTell(subject, `the size of ${volumeName(after)} is unknown: ${whyNot(is)}`);
        const renamed = otherName(before, after);
        if (renamed !== undefined) return cannotTell(subject, renamed);
        if (is.value >= was.value) return pass(subject);
        return finding(
          subject,
          `${volumeName(after)} shrinks from ${figure(was.value)} GiB to ${figure(is.value)} GiB.`,
          {
            remediation: `Set ${whereToEdit(after, 'rootVolume.sizeGiB', 'the volume size')} back to ${figure(was.value)}.`,
            fix: sizeFix(after, was.value),
          },
        );
      }),
});
