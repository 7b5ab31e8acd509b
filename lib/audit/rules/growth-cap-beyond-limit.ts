import type { Fact, ImageFamily, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { filledVolume, groupFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { GP3 } from '../../domain/sizing/gp3';
import { MBR_LIMIT_GIB, VOLUME_TYPES, volumeType } from './support/volume-limits';

/** Families whose images partition root with GPT. Of the others some images have MBR. */
const GPT: readonly ImageFamily[] = ['ubuntu', 'debian', 'amazon-linux-2023', 'bottlerocket'];

/** The limits of all types. GiB. */
const LIMITS = Object.values(VOLUME_TYPES).map(({ maxGiB }) => maxGiB);
const LARGEST_GIB = Math.max(...LIMITS);

const typeOf = (group: NodeGroupFacts): Fact<string> => {
  const volume = filledVolume(group);
  return volume.state === 'known' ? volume.value.volumeType : volume;
};

const lowered = (group: NodeGroupFacts, message: string, limitGiB: number): Outcome =>
  finding(groupSubject(group), message, {
    remediation: `Set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')} to ${limitGiB} or less.`,
    fix: groupFix(group, 'rootVolume.maxSizeGiB', limitGiB),
  });

const byType = (group: NodeGroupFacts, capGiB: number): Outcome | undefined => {
  const type = typeOf(group);
  const limits = type.state === 'known' ? volumeType(type.value) : undefined;
  if (limits === undefined && capGiB > LARGEST_GIB)
    return lowered(
      group,
      `The cap of ${figure(capGiB)} GiB for ${volumeName(group)} is beyond the ${LARGEST_GIB} GiB of every volume type.`,
      LARGEST_GIB,
    );
  if (limits !== undefined && type.state === 'known' && capGiB > limits.maxGiB)
    return lowered(
      group,
      `The cap of ${figure(capGiB)} GiB for ${volumeName(group)} is beyond the ${limits.maxGiB} GiB of ${type.value}.`,
      limits.maxGiB,
    );
  // gp2, which AWS takes by default, has the lowest limit of the types that boot, except magnetic disks.
  const lowest = VOLUME_TYPES['gp2']?.maxGiB ?? 0;
  if (limits === undefined && capGiB > lowest)
    return cannotTell(
      groupSubject(group),
      `the volume type is unknown, and a cap of ${figure(capGiB)} GiB is beyond the ${lowest} GiB of gp2${type.state === 'unknown' ? `: ${type.why}` : ''}`,
    );
  return undefined;
};

const byPartitionTable = (group: NodeGroupFacts, capGiB: number): Outcome | undefined => {
  const { family } = group.image;
  if (capGiB <= MBR_LIMIT_GIB || (family.state === 'known' && GPT.includes(family.value))) return undefined;
  return cannotTell(
    groupSubject(group),
    `a cap of ${figure(capGiB)} GiB is beyond the ${MBR_LIMIT_GIB} GiB of an MBR partition table, and ${family.state === 'known' ? `images of the family ${family.value} may have one` : 'the image is unknown'}; check with "lsblk -o PTTYPE" on a node (gpt is fine)`,
  );
};

/** A gp3 volume that may grow to this size. */
const cap = (maxSizeGiB: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { role: worker, maxSizeGiB: ${maxSizeGiB} } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings:
            - { DeviceName: /dev/sda1, Ebs: { VolumeSize: 128, VolumeType: gp3, Encrypted: true } }
`;

export const growthCapBeyondLimit = defineRule({
  id: 'growth-cap-beyond-limit',
  severity: 'error',
  title: 'Growth cap beyond what the volume can have',
  needs: ['nodeGroups'],
  what: [
    'maxSizeGiB against the largest volume of its type, and against the 2 TiB of an MBR partition table where the image may have one.',
    `The largest volumes: ${Object.entries(VOLUME_TYPES)
      .map(([type, { maxGiB }]) => `${type} ${maxGiB.toLocaleString('en')} GiB`)
      .join(
        ', ',
      )} ([EBS volume types](https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html)). Images of Ubuntu, Debian, Amazon Linux 2023 and Bottlerocket have a GPT partition table; of any other image, Windows and Amazon Linux 2 among them, it cannot tell ([EBS volume constraints](https://docs.aws.amazon.com/ebs/latest/userguide/volume_constraints.html)).`,
  ],
  why: [
    'ModifyVolume refuses what is beyond the type’s limit, in the middle of a healing. Beyond 2 TiB an MBR disk is paid for and cannot be used: the partition cannot grow any further.',
  ],
  fix: [
    'Lower maxSizeGiB to the limit, or take gp3 and an image with a GPT partition table.',
    '`--fix` writes the limit into an environment file. For your own image, see `lsblk -o NAME,PTTYPE` on a node: `gpt` is fine, `dos` is MBR.',
  ],
  acceptable: 'the image has GPT, checked with lsblk',
  examples: [{ fails: cap(100_000), passes: cap(GP3.maxGiB) }],
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const { maxSizeGiB } = group.policy;
      if (maxSizeGiB === undefined) return [];
      return [byType(group, maxSizeGiB) ?? byPartitionTable(group, maxSizeGiB) ?? pass(groupSubject(group))];
    }),
});
