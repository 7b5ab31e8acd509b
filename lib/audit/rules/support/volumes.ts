import type { BlockDevice, Facts, NodeGroupFacts } from '../../facts';
import type { Subject } from '../../rule';
import { groupSubject, placeSubject } from './outcomes';

/** An EBS volume that a template declares, within a node group or on its own. */
export interface DeclaredVolume {
  readonly subject: Subject;
  readonly device: BlockDevice;
  /** e.g. `/dev/xvda of general`. */
  readonly name: string;
  readonly group?: NodeGroupFacts;
}

const nameOf = ({ deviceName }: BlockDevice, of: string): string =>
  deviceName.state === 'known' ? `${deviceName.value} of ${of}` : `The volume of ${of}`;

/** Node groups' devices, as far as they are known, and single volumes. */
export const declaredVolumes = ({ nodeGroups, volumes }: Facts): readonly DeclaredVolume[] => [
  ...nodeGroups.flatMap((group) =>
    group.blockDevices.state !== 'known'
      ? []
      : group.blockDevices.value
          .filter(({ ebs }) => ebs)
          .map((device) => ({
            subject: groupSubject(group),
            device,
            name: nameOf(device, group.name),
            group,
          })),
  ),
  ...volumes.map(({ place, device }) => ({
    subject: placeSubject(place),
    device,
    name: `The volume ${place.logicalId}`,
  })),
];

/** Groups whose devices nobody can read. */
export const unreadDevices = ({
  nodeGroups,
}: Facts): readonly { readonly subject: Subject; readonly why: string }[] =>
  nodeGroups.flatMap((group) =>
    group.blockDevices.state === 'unknown'
      ? [{ subject: groupSubject(group), why: `its block devices are unknown: ${group.blockDevices.why}` }]
      : [],
  );

/** Volumes that stand on the same resource, together. */
export const volumesBySubject = (
  volumes: readonly DeclaredVolume[],
): readonly (readonly [DeclaredVolume, ...DeclaredVolume[]])[] => {
  const together: [DeclaredVolume, ...DeclaredVolume[]][] = [];
  for (const volume of volumes) {
    const same = volume.group && together.find(([first]) => first.group === volume.group);
    if (same) same.push(volume);
    else together.push([volume]);
  }
  return together;
};
