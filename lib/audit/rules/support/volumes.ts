import type { BlockDevice, Facts, NodeGroupFacts } from '../../facts';
import type { Outcome, Subject } from '../../rule';
import { cannotTell, finding, groupSubject, listed, pass, placeSubject, sentence } from './outcomes';

/** An EBS volume that a template declares, within a node group or on its own. */
export interface DeclaredVolume {
  readonly subject: Subject;
  readonly device: BlockDevice;
  /** e.g. `/dev/xvda of general`, `the volume Data`; see {@link sentence}. */
  readonly name: string;
  /** e.g. `/dev/xvda`; absent for a volume on its own. */
  readonly deviceName?: string;
  readonly group?: NodeGroupFacts;
}

type DeclaringFacts = Pick<Facts, 'nodeGroups' | 'volumes'>;

const nameOf = ({ deviceName }: BlockDevice, of: string): string =>
  deviceName.state === 'known' ? `${deviceName.value} of ${of}` : `the volume of ${of}`;

/** Node groups' devices, as far as they are known, and single volumes. */
export const declaredVolumes = ({ nodeGroups, volumes }: DeclaringFacts): readonly DeclaredVolume[] => [
  ...nodeGroups.flatMap((group) =>
    group.blockDevices.state !== 'known'
      ? []
      : group.blockDevices.value
          .filter(({ ebs }) => ebs)
          .map((device) => ({
            subject: groupSubject(group),
            device,
            name: nameOf(device, group.name),
            ...(device.deviceName.state === 'known' && { deviceName: device.deviceName.value }),
            group,
          })),
  ),
  ...volumes.map(({ place, device }) => ({
    subject: placeSubject(place),
    device,
    name: `the volume ${place.logicalId}`,
  })),
];

/** Groups whose devices are unknown. */
const unreadDevices = ({
  nodeGroups,
}: DeclaringFacts): readonly { readonly subject: Subject; readonly why: string }[] =>
  nodeGroups.flatMap((group) =>
    group.blockDevices.state === 'unknown'
      ? [{ subject: groupSubject(group), why: `its block devices are unknown: ${group.blockDevices.why}` }]
      : [],
  );

/** Volumes that stand on the same resource, together. */
const volumesBySubject = (
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

/** e.g. `/dev/xvda, /dev/sdb and /dev/sdc of general`: their group is named once. */
const volumeNames = (volumes: readonly DeclaredVolume[]): string => {
  const [first] = volumes;
  const devices = volumes.flatMap(({ deviceName }) => deviceName ?? []);
  return first?.group !== undefined && devices.length === volumes.length
    ? `${listed(devices)} of ${first.group.name}`
    : listed(volumes.map(({ name }) => name));
};

/** Volumes with the same verdict, together, in the order of the first of each. */
const byReason = <T extends object>(
  volumes: readonly DeclaredVolume[],
  reasonOf: (volume: DeclaredVolume) => T | undefined,
  keyOf: (reason: T) => string,
): readonly { readonly reason: T; readonly volumes: readonly DeclaredVolume[] }[] => {
  const together = new Map<string, { readonly reason: T; readonly volumes: DeclaredVolume[] }>();
  for (const volume of volumes) {
    const reason = reasonOf(volume);
    if (reason === undefined) continue;
    const same = together.get(keyOf(reason));
    if (same) same.volumes.push(volume);
    else together.set(keyOf(reason), { reason, volumes: [volume] });
  }
  return [...together.values()];
};

/** The verdict on one volume, or on several: `of` makes a clause of their names. */
export interface VolumeVerdict {
  readonly kind: 'finding' | 'unknown';
  readonly of: (names: string, several: boolean) => string;
}

/** One outcome for all volumes of a node group: they are fixed, or accepted, together. */
export const judgeVolumes = (
  facts: DeclaringFacts,
  verdictOf: (volume: DeclaredVolume) => VolumeVerdict | undefined,
): readonly Outcome[] => [
  ...unreadDevices(facts).map(({ subject, why }) => cannotTell(subject, why)),
  ...volumesBySubject(declaredVolumes(facts)).map((volumes) => {
    const [{ subject }] = volumes;
    const reasons = byReason(volumes, verdictOf, ({ kind, of }) => `${kind} ${of('', false)}`);
    const clauses = (kind: VolumeVerdict['kind']): string[] =>
      reasons
        .filter(({ reason }) => reason.kind === kind)
        .map(({ reason, volumes: same }) => reason.of(volumeNames(same), same.length > 1));
    const [findings, unknown] = [clauses('finding'), clauses('unknown')];
    if (findings.length > 0) return finding(subject, sentence(findings.join('; ')));
    return unknown.length > 0 ? cannotTell(subject, unknown.join('; ')) : pass(subject);
  }),
];
