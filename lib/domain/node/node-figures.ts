/**
 * What the node scripts print, and how it is read back. The scripts' side of this contract is
 * `lib/node/README.md`.
 */

/** Figures of one mounted filesystem, as `df` counts them inside the OS. */
export interface FilesystemFigures {
  /** Bytes of the filesystem (not of the disk below it). */
  readonly sizeBytes: number;
  /** Bytes that an unprivileged process can still write (ext4 keeps ~5 % for root on top). */
  readonly availableBytes: number;
  /** 100 × used / (used + available), one decimal, 0–100: what the CloudWatch agent calls `disk_used_percent`. */
  readonly usedPercent: number;
  /** 100 × inodes used / inodes, one decimal, 0–100; 0 where the filesystem does not count them. */
  readonly inodesUsedPercent: number;
}

/** The root filesystem, with the layers below it. */
export interface RootFigures extends FilesystemFigures {
  /** e.g. `/dev/vda1`. */
  readonly device: string;
  /** e.g. `ext4` or `xfs`, the two that can be grown. */
  readonly fsType: string;
  /** Bytes of the whole disk below root. Larger than the partition: a half-finished grow. */
  readonly diskBytes: number;
  /** Bytes of root's partition; equals `diskBytes` where the disk has none. */
  readonly partitionBytes: number;
  /**
   * Free bytes right behind root's partition: what growpart would add. Where a script can tell it, it replaces the
   * guess from `diskBytes - partitionBytes`, which other partitions (Ubuntu 24.04: 1 GiB of /boot and EFI) blur.
   */
  readonly partitionGrowableBytes?: number;
  /**
   * Bytes of the partition that the filesystem's own block count does not cover: what resize2fs or xfs_growfs would
   * add. `partitionBytes - sizeBytes` is blurred by ext4's inode tables and journal (2–4 %).
   */
  readonly filesystemGrowableBytes?: number;
  /** Present when nothing that is bought would arrive in `/`; `detail` (at most 100 bytes) names what is in the way. */
  readonly growthBlocked?: { readonly kind: GrowthBlock; readonly detail: string };
  /** Bytes of disk beyond this cannot be used, e.g. 2 TiB with an MBR. Absent: no such limit. */
  readonly maxDiskBytes?: number;
}

/** What keeps bought bytes out of `/`. */
export const GROWTH_BLOCKS = [
  'partition-behind',
  'mbr-limit',
  'unsupported-layer',
  'several-disks',
  'unsupported-filesystem',
  'filesystem-errors',
  'read-only',
  'not-ebs',
] as const;
export type GrowthBlock = (typeof GROWTH_BLOCKS)[number];

/** The envelope of every script's last output line. */
export interface ScriptResult {
  readonly headroom: 1;
  readonly script:
    | 'assess-node'
    | 'reclaim-disk'
    | 'extend-root'
    | 'restart-kubelet'
    | 'verify-node'
    | 'prepare-node'
    | 'remove-headroom'
    | 'pause-guard'
    | 'cordon-drain-node'
    | 'diagnose-node'
    | 'cluster-facts'
    | 'upgrade-node';
  readonly ok: boolean;
  readonly dryRun: boolean;
  /** Present when `ok` is false: what is wrong, in words. */
  readonly error?: string;
}

export interface AssessResult extends ScriptResult {
  readonly script: 'assess-node';
  readonly root: RootFigures;
  readonly role: 'control-plane' | 'worker' | 'unknown';
  /** Other mounts with a real filesystem, fullest first, at most 5: [path, sizeBytes, availableBytes, usedPercent, inodesUsedPercent]. */
  readonly mounts: readonly (readonly [string, number, number, number, number])[];
  /** Biggest directories found within the time budget, at most 5: [path, bytes]. */
  readonly biggest: readonly (readonly [string, number])[];
  /** Directories with the most files, at most 4, where 70 % of the inodes are in use or more: [path, files]. */
  readonly mostFiles?: readonly (readonly [string, number])[];
  /** Deleted files still held open, at most 3: [pid, process name, bytes]. */
  readonly deletedOpen: readonly (readonly [number, string, number])[];
  readonly deletedOpenBytes: number;
  readonly journalBytes: number;
  /** null: no CRI to ask. */
  readonly images: { readonly count: number; readonly bytes: number } | null;
  /** systemd ActiveState, or `absent`. */
  readonly kubelet: string;
  readonly kubeletHealthz: boolean;
  readonly containerd: string;
  /** Last error lines of kubelet and containerd, at most 2, each at most 160 characters. */
  readonly errors: readonly string[];
  /** What could not be looked at, and why, e.g. `crictl: not installed`. */
  readonly skipped: readonly string[];
}

export interface ReclaimStepResult {
  readonly name: string;
  /** `not-needed`: the target was reached before this step. */
  readonly status: 'done' | 'skipped' | 'failed' | 'not-needed' | 'would-run';
  readonly bytesFreed: number;
  readonly inodesFreed: number;
  readonly why?: string;
}

export interface ReclaimResult extends ScriptResult {
  readonly script: 'reclaim-disk';
  readonly before: FilesystemFigures;
  readonly after: FilesystemFigures;
  readonly bytesFreed: number;
  readonly inodesFreed: number;
  readonly targetReached: boolean;
  readonly steps: readonly ReclaimStepResult[];
  /** What was deleted, in all; absent: nothing. The node's /run/headroom/deleted has each. */
  readonly deleted?: {
    readonly count: number;
    readonly bytes: number;
    /** As many as had room: [step, path, bytes, age in hours]. */
    readonly largest: readonly (readonly [string, string, number, number])[];
  };
  /** Steps that had no room in the line: those with nothing to do go first. */
  readonly more?: number;
}

export interface ExtendResult extends ScriptResult {
  readonly script: 'extend-root';
  readonly changed: boolean;
  readonly layout: 'partition' | 'whole-disk' | 'lvm' | 'unknown';
  readonly before: FilesystemFigures;
  readonly after: RootFigures;
}

export interface RestartKubeletResult extends ScriptResult {
  readonly script: 'restart-kubelet';
  readonly action: 'left-running' | 'restarted' | 'would-restart' | 'absent' | 'refused';
  readonly healthz: boolean;
  /** What was wrong before (healthz, static pods that did not run), or what could not be checked. */
  readonly why?: string;
}

export interface VerifyResult extends ScriptResult {
  readonly script: 'verify-node';
  readonly root: RootFigures;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

export interface PrepareResult extends ScriptResult {
  readonly script: 'prepare-node' | 'remove-headroom' | 'pause-guard';
  /** What was put or taken, in order: a path, or words like `enabled headroom-guard.timer`. Empty: nothing to do. */
  readonly changed: readonly string[];
  /** What was left alone, and why. */
  readonly skipped: readonly string[];
  /** Entries of both that had no room in the line. */
  readonly more?: number;
}

export interface CordonDrainResult extends ScriptResult {
  readonly script: 'cordon-drain-node';
  /** `cordoned`: the drain did not end in time. */
  readonly action:
    | 'drained'
    | 'uncordoned'
    | 'ready'
    | 'deleted'
    | 'cordoned'
    | 'skipped'
    | 'failed'
    | 'would-drain'
    | 'would-uncordon'
    | 'would-await'
    | 'would-delete';
  /** The node's name in the cluster; '' when it was not found. */
  readonly node: string;
  /** Why it was skipped. */
  readonly why?: string;
  /** Pods that stay and why, and budgets that allow no disruption, where a drain did not end. */
  readonly blocking?: readonly string[];
}
