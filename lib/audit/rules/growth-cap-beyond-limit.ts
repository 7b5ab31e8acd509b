import type { Fact, ImageFamily, NodeGroupFacts } from '../facts';
import type { Outcome, Rule } from '../rule';
import { filledVolume, groupFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { MBR_LIMIT_GIB, VOLUME_TYPES, volumeType } from './support/volume-limits';

/** Families whose images partition root with GPT. Of the others some images have MBR. */
const GPT: readonly ImageFamily[] = ['ubuntu', 'debian', 'amazon-linux-2023', 'bottlerocket'];

/** Every type's limit is at least, and at most, this. GiB. */
const LIMITS = Object.values(VOLUME_TYPES).map(({ maxGiB }) => maxGiB);
const LARGEST_GIB = Math.max(...LIMITS);

const typeOf = (group: NodeGroupFacts): Fact<string> => {
  const volume = filledVolume(group);
  return volume.state === 'known' ? volume.value.volumeType : volume;
};

const lowered = (group: NodeGroupFacts, message: string, limitGiB: number): Outcome =>
  finding(groupSubject(group), message, {
    mend: `Set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')} to ${limitGiB} or less.`,
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
  // gp2, which AWS takes by default, has the least limit of the types that boot, save magnetic disks.
  const least = VOLUME_TYPES['gp2']?.maxGiB ?? 0;
  if (limits === undefined && capGiB > least)
    return cannotTell(
      groupSubject(group),
      `the volume type is unknown, and a cap of ${figure(capGiB)} GiB is beyond the ${least} GiB of gp2${type.state === 'unknown' ? `: ${type.why}` : ''}`,
    );
  return undefined;
};

const byPartitionTable = (group: NodeGroupFacts, capGiB: number): Outcome | undefined => {
  const { family } = group.image;
  if (capGiB <= MBR_LIMIT_GIB || (family.state === 'known' && GPT.includes(family.value))) return undefined;
  return cannotTell(
    groupSubject(group),
    `a cap of ${figure(capGiB)} GiB is beyond the ${MBR_LIMIT_GIB} GiB of an MBR partition table, and ${family.state === 'known' ? `images of the family ${family.value} may have one` : 'the image is unknown'}; "lsblk -o PTTYPE" on a node tells (gpt is fine)`,
  );
};

export const growthCapBeyondLimit: Rule = {
  id: 'growth-cap-beyond-limit',
  severity: 'error',
  title: 'Growth cap beyond what the volume can have',
  what: 'maxSizeGiB against the largest volume of its type (gp3 and io2 65,536 GiB, gp2 and io1 16,384 GiB) and against MBR’s 2 TiB, where the image may have such a partition table.',
  why: 'ModifyVolume refuses what is beyond the type’s limit, in the middle of a healing; beyond 2 TiB an MBR disk is paid for and cannot be used.',
  mend: 'Lower maxSizeGiB to the limit, or take gp3 and an image with a GPT partition table.',
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const { maxSizeGiB } = group.policy;
      if (maxSizeGiB === undefined) return [];
      return [byType(group, maxSizeGiB) ?? byPartitionTable(group, maxSizeGiB) ?? pass(groupSubject(group))];
    }),
};
