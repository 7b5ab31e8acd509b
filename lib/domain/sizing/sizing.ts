import { LOGGING_PODS, LOG_LIMITS, USABLE_RATIO } from '../plan/disk-order';

export { USABLE_RATIO };

/**
 * What a node's root disk must hold, part by part. The sources of every number are in docs/sizing.md; where no source
 * gives one, it is an estimate and says so there. GiB and percent throughout.
 */

/** A default of the field is taken for whatever is left out, and for values out of range. */
export interface SizingNeed {
  readonly role: 'control-plane' | 'worker';
  /** etcd's `--quota-backend-bytes`. @default 2, etcd's own. Control plane only. */
  readonly etcdQuotaGiB?: number;
  /** Used percent at which healing starts; the node at its fullest must stay below. @default 80 */
  readonly warningPercent?: number;
  /** @default 110, the kubelet's maxPods, on a worker; 15 on a control-plane node */
  readonly pods?: number;
  /** The kubelet's containerLogMaxSize. @default 10 */
  readonly containerLogMaxMiB?: number;
  /** The kubelet's containerLogMaxFiles. @default 5 */
  readonly containerLogMaxFiles?: number;
  /** journald's SystemMaxUse. @default 500, what PrepareNode sets */
  readonly journalMaxMiB?: number;
  /** Unpacked images of the workloads, one version of each. @default 8 on a worker, 0 on a control-plane node */
  readonly workloadImagesGiB?: number;
  /** Writable layers and emptyDir volumes. @default 4 on a worker, 0 on a control-plane node */
  readonly ephemeralGiB?: number;
}

export interface SizingPart {
  readonly name:
    | 'operating system'
    | 'Kubernetes images'
    | 'workload images'
    | 'container logs'
    | 'journal'
    | 'pods’ own files'
    | 'etcd'
    | 'ballast'
    | 'reserve';
  readonly sizeGiB: number;
  readonly why: string;
}

export interface Sizing {
  /** Whole GiB, never below {@link MIN_ROOT_GIB}. */
  readonly recommendedGiB: number;
  /** They add up to `recommendedGiB`. */
  readonly parts: readonly SizingPart[];
  /** What is used soon after the first boot: where a forecast begins. */
  readonly usedAtFirstBootGiB: number;
}

/** Root volumes below this fill up with one Kubernetes upgrade's images. GiB. */
export const MIN_ROOT_GIB = 20;

/** A level below this is a mistake, which a rule reports; no disk is sized by it. */
const MINIMUM_WARNING_PERCENT = 10;
const OPERATING_SYSTEM_GIB = 5;
/** Control-plane images, network, DNS and agents of one Kubernetes version, unpacked. */
const KUBERNETES_IMAGES_GIB = { 'control-plane': 1.5, worker: 1 } as const;
const VERSIONS_DURING_UPGRADE = 2;
const DEFAULT_WORKLOAD_IMAGES_GIB = { 'control-plane': 0, worker: 8 } as const;
const DEFAULT_EPHEMERAL_GIB = { 'control-plane': 0, worker: 4 } as const;
export const DEFAULT_ETCD_QUOTA_GIB = 2;
/** The data file, a snapshot (kubeadm makes one before an upgrade) and defragmentation's new file. */
const ETCD_COPIES = 3;
/** etcd keeps 5 segments of 64 MB of its write-ahead log. */
const ETCD_LOG_GIB = 5 / 16;
const BALLAST_GIB = 0.25;
const MIB_PER_GIB = 1_024;

const usable = (value: number | undefined, otherwise: number, least = 0, most = 1e6): number =>
  value !== undefined && value >= least && value <= most ? value : otherwise;

const round = (value: number): number => Number(value.toFixed(2));

/** The size at which a node at its fullest is still below the warning level. Never throws. */
export const rootSizing = (need: SizingNeed): Sizing => {
  const { role } = need;
  const warningPercent = usable(need.warningPercent, 80, MINIMUM_WARNING_PERCENT, 100);
  const pods = usable(need.pods, LOGGING_PODS[role]);
  const logMiB = usable(need.containerLogMaxMiB, LOG_LIMITS.containerLogMaxMiB);
  const logFiles = usable(need.containerLogMaxFiles, LOG_LIMITS.containerLogMaxFiles);
  const journalMiB = usable(need.journalMaxMiB, LOG_LIMITS.journalMaxMiB);
  const workloadGiB = usable(need.workloadImagesGiB, DEFAULT_WORKLOAD_IMAGES_GIB[role]);
  const ephemeralGiB = usable(need.ephemeralGiB, DEFAULT_EPHEMERAL_GIB[role]);
  const quotaGiB = usable(need.etcdQuotaGiB, DEFAULT_ETCD_QUOTA_GIB);
  const imagesGiB = KUBERNETES_IMAGES_GIB[role];

  const parts: SizingPart[] = [
    {
      name: 'operating system',
      sizeGiB: OPERATING_SYSTEM_GIB,
      why: 'the image with two kernels, container runtime, kubelet, agents and package caches',
    },
    {
      name: 'Kubernetes images',
      sizeGiB: imagesGiB * VERSIONS_DURING_UPGRADE,
      why: `${imagesGiB} GiB unpacked for one version, and two are there during an upgrade`,
    },
    {
      name: 'workload images',
      sizeGiB: workloadGiB * VERSIONS_DURING_UPGRADE,
      why: `${workloadGiB} GiB unpacked, old and new side by side during a rollout`,
    },
    {
      name: 'container logs',
      sizeGiB: (pods * logMiB * logFiles) / MIB_PER_GIB,
      why: `${pods} pods × ${logFiles} files × ${logMiB} MiB (containerLogMaxFiles, containerLogMaxSize)`,
    },
    { name: 'journal', sizeGiB: journalMiB / MIB_PER_GIB, why: `SystemMaxUse=${journalMiB}M` },
    { name: 'pods’ own files', sizeGiB: ephemeralGiB, why: 'writable layers and emptyDir volumes' },
    {
      name: 'etcd',
      sizeGiB: role === 'control-plane' ? quotaGiB * ETCD_COPIES + ETCD_LOG_GIB : 0,
      why: `the quota of ${quotaGiB} GiB three times (data, a snapshot, defragmentation's copy) and its log`,
    },
    {
      name: 'ballast',
      sizeGiB: BALLAST_GIB,
      why: 'the file that the guard deletes when the disk is nearly full',
    },
  ].filter(({ sizeGiB }) => sizeGiB > 0) as SizingPart[];

  const neededGiB = parts.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
  const wantedGiB = neededGiB / USABLE_RATIO / (warningPercent / 100);
  const recommendedGiB = Math.max(MIN_ROOT_GIB, Math.ceil(wantedGiB));
  return {
    recommendedGiB,
    parts: [
      ...parts.map((part) => ({ ...part, sizeGiB: round(part.sizeGiB) })),
      {
        name: 'reserve',
        sizeGiB: round(recommendedGiB - parts.reduce((sum, { sizeGiB }) => sum + round(sizeGiB), 0)),
        why: `keeps the total below the warning level of ${warningPercent} % of what the filesystem leaves for files`,
      },
    ],
    usedAtFirstBootGiB: OPERATING_SYSTEM_GIB + imagesGiB + workloadGiB + BALLAST_GIB,
  };
};
