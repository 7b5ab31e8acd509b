import { LOG_LIMITS, kubeletDiskPolicy } from '../../../domain/plan/disk-order';
import type { DiskPolicy } from '../../../domain/plan/disk-policy';

/** Free percent below which the kubelet evicts, at most: its own defaults. */
const NODEFS_AVAILABLE_PERCENT = 10;

/**
 * What the kubelets have: in the cluster, as the first init found it, and in each node's own patch, so that a node has the
 * levels of the day on which it was made.
 */
export const kubeletConfiguration = (diskLevels: DiskPolicy): Record<string, unknown> => {
  const { imageGcLowPercent, imageGcHighPercent, evictionPercent } = kubeletDiskPolicy(diskLevels);
  const freePercent = 100 - evictionPercent;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'systemd',
    imageGCHighThresholdPercent: imageGcHighPercent,
    imageGCLowThresholdPercent: imageGcLowPercent,
    imageMinimumGCAge: '2m0s',
    evictionHard: {
      'imagefs.available': `${freePercent}%`,
      'nodefs.available': `${Math.min(NODEFS_AVAILABLE_PERCENT, freePercent)}%`,
    },
    // Without it the keys above would switch off memory.available and the inodes' ones.
    mergeDefaultEvictionSettings: true,
    // A node that has been healed takes pods again soon.
    evictionPressureTransitionPeriod: '1m0s',
    containerLogMaxSize: `${LOG_LIMITS.containerLogMaxMiB}Mi`,
    containerLogMaxFiles: LOG_LIMITS.containerLogMaxFiles,
    // After a full disk etcd and the API server come back within a minute, not within the default's five. The gate
    // KubeletCrashLoopBackOffMax is on by default since 1.35. Source: https://www.kubernetes.dev/resources/keps/5593/
    crashLoopBackOff: { maxContainerRestartPeriod: '60s' },
    systemReserved: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '1Gi' },
  };
};

/** Memory of the size `large` by the family's first letter; the others are multiples of it. GiB. */
const LARGE_GIB: Readonly<Record<string, number>> = { c: 4, m: 8, r: 16, t: 8, x: 32 };
const OTHER_FAMILY_GIB = 8;
const METAL_IN_LARGES = 64;

const larges = (size: string): number => {
  if (size.startsWith('metal')) return METAL_IN_LARGES;
  const [, count = ''] = /^(\d*)xlarge$/.exec(size) ?? [];
  if (size.endsWith('xlarge')) return 2 * Number(count || 1);
  return { small: 1 / 4, medium: 1 / 2 }[size] ?? 1;
};

const RESERVED_SHARE = 0.08;
const MINIMUM_RESERVED_MIB = 320;
const MOST_RESERVED_MIB = 2_048;

/**
 * Memory kept back for kubelet and container runtime: 8 % of what the type's name says, within bounds that keep a wrong
 * guess harmless. MiB.
 */
export const kubeReservedMiB = (instanceType: string): number => {
  const [family = '', size = ''] = instanceType.split('.');
  const memoryGiB = (LARGE_GIB[family.charAt(0)] ?? OTHER_FAMILY_GIB) * larges(size);
  const share = Math.round(memoryGiB * 1_024 * RESERVED_SHARE);
  return Math.min(MOST_RESERVED_MIB, Math.max(MINIMUM_RESERVED_MIB, share));
};

/** The kubelet's `--kube-reserved`: by node group, which a configuration of the whole cluster cannot be. */
export const kubeReserved = (instanceType: string): string =>
  `cpu=100m,memory=${kubeReservedMiB(instanceType)}Mi,ephemeral-storage=1Gi`;
