import {
  absent,
  known,
  unknown,
  type BlockDevice,
  type Fact,
  type NodeGroupFacts,
  type Place,
} from '../../facts';
import type { Fix, Severity } from '../../rule';
import { figure } from './outcomes';
import { isMeantForRoot } from './root-device';

export { MIN_ROOT_GIB as MINIMUM_ROOT_GIB } from '../../../domain/sizing/sizing';

/**
 * Root volume of an EKS managed node group that declares none. GiB.
 * Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html, diskSize
 */
const EKS_DEFAULT_GIB = { linux: 20, windows: 50 } as const;

/** Bottlerocket's root holds the system alone; images, containers and logs are on the second volume. */
const BOTTLEROCKET_DATA_DEVICE = '/dev/xvdb';

const withoutTemplate = (group: NodeGroupFacts): boolean =>
  group.kind === 'eks-node-group' && group.launchTemplate === undefined;

/** The volume that images, logs and pods fill. `absent`: it has the size of its image. */
export const filledVolume = (group: NodeGroupFacts): Fact<BlockDevice> => {
  const { family } = group.image;
  if (family.state !== 'known' || family.value !== 'bottlerocket' || withoutTemplate(group))
    return hasNoRootMapping(group) ? absent : group.rootVolume;
  if (group.blockDevices.state !== 'known') return group.blockDevices;
  const devices = group.blockDevices.value.filter(({ ebs }) => ebs);
  const data = devices.find((device) => nameIs(device, BOTTLEROCKET_DATA_DEVICE));
  if (data !== undefined) return known(data);
  const unnamed = devices.find(({ deviceName }) => deviceName.state === 'unknown');
  return unnamed?.deviceName.state === 'unknown' ? unknown(unnamed.deviceName.why) : absent;
};

/** Whatever the image calls its root: none of the mappings is meant for it. */
const hasNoRootMapping = ({ rootVolume, blockDevices }: NodeGroupFacts): boolean =>
  rootVolume.state === 'unknown' &&
  blockDevices.state === 'known' &&
  blockDevices.value.every((device) => device.deviceName.state === 'known' && !isMeantForRoot(device));

const nameIs = ({ deviceName }: BlockDevice, name: string): boolean =>
  deviceName.state === 'known' && deviceName.value === name;

/** Initial size of the volume that fills up. GiB. `absent`: the image's. */
export const initialSizeGiB = (group: NodeGroupFacts): Fact<number> => {
  const volume = filledVolume(group);
  const size = volume.state === 'known' ? volume.value.sizeGiB : volume;
  if (size.state === 'known' && !(size.value > 0)) return unknown(`${size.value} GiB is not a size`);
  if (size.state !== 'absent' || !withoutTemplate(group)) return size;
  const { family } = group.image;
  if (family.state === 'unknown') return unknown(`EKS's default depends on the image: ${family.why}`);
  return known(EKS_DEFAULT_GIB[family.state === 'known' && family.value === 'windows' ? 'windows' : 'linux']);
};

/** That volume's name in a sentence. */
export const volumeName = (group: NodeGroupFacts): string =>
  group.image.family.state === 'known' && group.image.family.value === 'bottlerocket'
    ? `the data volume of ${group.name}`
    : `/ of ${group.name}`;

const KUBERNETES_TAG =
  /^(kubernetes\.io\/|k8s\.io\/|eks:|alpha\.eksctl\.io\/|sigs\.k8s\.io\/|headroom:role$)/;
const KUBERNETES_WORD = /\b(kubeadm|kubelet|nodeadm|k3s|rke2|microk8s)\b|\/etc\/eks\/bootstrap\.sh/;

/** Whether something says that these machines are Kubernetes nodes. */
export const isKubernetes = (group: NodeGroupFacts): boolean =>
  group.role !== 'unknown' ||
  group.kind === 'eks-node-group' ||
  isHealed(group) ||
  group.policy.kubelet !== undefined ||
  group.policy.etcdQuotaGiB !== undefined ||
  Object.keys(group.tags).some((tag) => KUBERNETES_TAG.test(tag)) ||
  (group.userData.state === 'known' && KUBERNETES_WORD.test(group.userData.value));

/** Whether something says that Headroom heals these nodes. */
export const isHealed = ({ policy }: NodeGroupFacts): boolean =>
  policy.environment !== undefined ||
  policy.nodeGroup !== undefined ||
  policy.maxSizeGiB !== undefined ||
  policy.diskLevels !== undefined;

/** No template makes its nodes: a size in its file describes what is there, and changes nothing. */
export const isExisting = ({ kind }: NodeGroupFacts): boolean => kind === 'existing';

/** What to do about a size that is too small: an edit, where the file decides the initial size. */
export const raiseSize = (
  group: NodeGroupFacts,
  sizeGiB: number,
): { readonly remediation: string; readonly fix: Fix | undefined } =>
  isExisting(group)
    ? {
        remediation: `Give new nodes ${figure(sizeGiB)} GiB or more where they are made, and write it as ${whereToEdit(group, 'rootVolume.sizeGiB', 'sizeGiB')}; running ones are grown when necessary.`,
        fix: undefined,
      }
    : {
        remediation: `Set ${whereToEdit(group, 'rootVolume.sizeGiB', 'the volume size')} to ${figure(sizeGiB)} or more.`,
        fix: sizeFix(group, sizeGiB),
      };

/** What is an error on a Kubernetes node is a warning on any other machine: it may be a bastion that stores nothing. */
export const nodeSeverity = (group: NodeGroupFacts): Severity | undefined =>
  isKubernetes(group) ? undefined : 'warning';

const declaredIn = (group: NodeGroupFacts): Place['declaredIn'] =>
  group.place.declaredIn ??
  group.launchTemplate?.declaredIn ??
  group.instances.find(({ place }) => place.declaredIn !== undefined)?.place.declaredIn;

/** Path of the node group in its environment file, e.g. `workerGroups.general`. */
const groupPath = (path: string): string => path.replace(/\.rootVolume(\.\w+)?$/, '');

/** An edit of the node group's entry in its environment file; undefined where that file is unknown. */
export const groupFix = (group: NodeGroupFacts, key: string, value: Fix['value']): Fix | undefined => {
  const declared = declaredIn(group);
  // An absurd declaration gives no edit.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  return declared && { file: declared.file, path: `${groupPath(declared.path)}.${key}`, value };
};

/** Where a person edits it, e.g. `rootVolume.sizeGiB of workerGroups.general in environments/prod.yaml`. */
export const whereToEdit = (group: NodeGroupFacts, key: string, otherwise: string): string => {
  const declared = declaredIn(group);
  return declared ? `${groupPath(declared.path)}.${key} in ${declared.file}` : otherwise;
};

/** An edit that raises the initial size, unless the declared cap is in its way. */
export const sizeFix = (group: NodeGroupFacts, sizeGiB: number): Fix | undefined =>
  group.policy.maxSizeGiB !== undefined && group.policy.maxSizeGiB < sizeGiB
    ? undefined
    : groupFix(group, 'rootVolume.sizeGiB', sizeGiB);
