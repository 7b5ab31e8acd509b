import type { NodeGroupPolicy } from '../../lib/domain/plan/disk-policy';
import { known } from '../../lib/domain/known';
import type {
  AssessResult,
  FilesystemFigures,
  ReclaimResult,
  RootFigures,
  VerifyResult,
} from '../../lib/domain/node/node-figures';
import type { Observation } from '../../lib/domain/plan/observation';
import { GIB } from '../../lib/domain/units';

export const INSTANCE = 'i-0aa11bb22cc33dd44';
export const VOLUME = 'vol-0123456789abcdef0';
export const NOW_MS = Date.parse('2026-11-20T04:06:00Z');

export const policy: NodeGroupPolicy = {
  warningPercent: 80,
  criticalPercent: 90,
  emergencyPercent: 95,
  targetPercent: 75,
  maxSizeGiB: 100,
  sizeGiB: 20,
};

/** A fully extended disk of `sizeGiB`, ext4, whose scripts can tell the gaps. */
export const rootFigures = (
  usedPercent: number,
  sizeGiB = 20,
  more: Partial<RootFigures> = {},
): RootFigures => ({
  sizeBytes: Math.round(sizeGiB * GIB * 0.97),
  availableBytes: Math.round(sizeGiB * GIB * 0.97 * (1 - usedPercent / 100)),
  usedPercent,
  inodesUsedPercent: 5,
  device: '/dev/nvme0n1p1',
  fsType: 'ext4',
  diskBytes: sizeGiB * GIB,
  partitionBytes: sizeGiB * GIB - 2 * 1024 ** 2,
  partitionGrowableBytes: 0,
  filesystemGrowableBytes: 0,
  ...more,
});

export const observation = (
  usedPercent: number,
  more: Partial<Observation> = {},
  root: RootFigures = rootFigures(usedPercent),
): Observation => ({
  instanceId: INSTANCE,
  standing: 'ours',
  state: 'running',
  nodeGroup: 'control-plane',
  filesystem: known(root),
  root: known(root),
  volume: known({ volumeId: VOLUME, sizeGiB: 20 }),
  modifications: known([]),
  ...more,
});

export const assessResult = (root = rootFigures(100)): AssessResult => ({
  headroom: 1,
  script: 'assess-node',
  ok: true,
  dryRun: false,
  root,
  role: 'control-plane',
  mounts: [['/data', 10 * GIB, 5 * GIB, 50, 3]],
  biggest: [['/var/lib/etcd', 3 * GIB]],
  deletedOpen: [[812, 'java', GIB]],
  deletedOpenBytes: GIB,
  journalBytes: 200_000_000,
  images: { count: 12, bytes: 4 * GIB },
  kubelet: 'active',
  kubeletHealthz: false,
  containerd: 'active',
  errors: ['kubelet: no space left on device'],
  skipped: ['snap: not installed'],
});

export const filesystem = (usedPercent: number, sizeGiB = 20): FilesystemFigures => {
  const { sizeBytes, availableBytes, inodesUsedPercent } = rootFigures(usedPercent, sizeGiB);
  return { sizeBytes, availableBytes, usedPercent, inodesUsedPercent };
};

export const reclaimResult = (
  before = filesystem(100),
  after = filesystem(97),
  bytesFreed = 600_000_000,
): ReclaimResult => ({
  headroom: 1,
  script: 'reclaim-disk',
  ok: true,
  dryRun: false,
  before,
  after,
  bytesFreed,
  inodesFreed: 120,
  targetReached: false,
  steps: [{ name: 'journal', status: 'done', bytesFreed, inodesFreed: 120 }],
});

export const verifyResult = (root = rootFigures(62, 40), more: Partial<VerifyResult> = {}): VerifyResult => ({
  headroom: 1,
  script: 'verify-node',
  ok: true,
  dryRun: false,
  root,
  checks: [
    { name: 'disk-below-ceiling', ok: true, detail: '62 % < 80 %' },
    { name: 'kubelet-healthz', ok: true, detail: 'ok' },
  ],
  ...more,
});
