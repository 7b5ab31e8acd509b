import type { DocumentBaseName } from '../domain/names/naming';
import type {
  AssessResult,
  CordonDrainResult,
  ExtendResult,
  FilesystemFigures,
  ReclaimResult,
  RestartKubeletResult,
  RootFigures,
  ScriptResult,
  VerifyResult,
} from '../domain/node/node-figures';
import { GIB } from '../domain/units';

export interface NodeModelOptions {
  readonly role: 'control-plane' | 'worker';
  readonly fsType: string;
  readonly diskGiB: number;
  /** Share of the filesystem that is in use. 0–100. */
  readonly usedPercent: number;
  /** Share of the filesystem that reclaim-disk can free. 0–100. */
  readonly reclaimablePercent: number;
  /** Percentage points of the initial filesystem that are written each hour. */
  readonly growthPercentPerHour: number;
  readonly createdAt: Date;
}

/** From here on the kubelet can't write what it needs. */
const KUBELET_FAILS_AT_PERCENT = 99.5;
const INODES_PERCENT = 12;
const oneDecimal = (value: number): number => Math.round(value * 10) / 10;

/** A node without a machine: a disk that fills, and answers to the scripts as they print them. */
export class NodeModel {
  private diskBytes: number;
  private filesystemBytes: number;
  private usedBytes: number;
  private reclaimableBytes: number;
  private measuredAt: Date;
  private bytesPerSecond: number;
  kubeletHealthy = true;

  constructor(private readonly options: NodeModelOptions) {
    this.diskBytes = options.diskGiB * GIB;
    this.filesystemBytes = this.diskBytes;
    this.usedBytes = (this.filesystemBytes * options.usedPercent) / 100;
    this.reclaimableBytes = (this.filesystemBytes * options.reclaimablePercent) / 100;
    this.bytesPerSecond = (this.filesystemBytes * options.growthPercentPerHour) / 100 / 3600;
    this.measuredAt = options.createdAt;
  }

  get fsType(): string {
    return this.options.fsType;
  }

  /** Something writes until this share is used, if it is not already. */
  fillTo(percent: number, now: Date): void {
    this.pass(now);
    this.usedBytes = Math.max(this.usedBytes, (this.filesystemBytes * percent) / 100);
    this.pass(now);
  }

  /** Nothing more is written. */
  stopGrowth(now: Date): void {
    this.pass(now);
    this.bytesPerSecond = 0;
  }

  figures(now: Date): FilesystemFigures {
    this.pass(now);
    return {
      sizeBytes: this.filesystemBytes,
      availableBytes: Math.round(this.filesystemBytes - this.usedBytes),
      usedPercent: oneDecimal((100 * this.usedBytes) / this.filesystemBytes),
      inodesUsedPercent: INODES_PERCENT,
    };
  }

  resize(sizeBytes: number): void {
    this.diskBytes = Math.max(this.diskBytes, sizeBytes);
  }

  /** The boot-time unit extends root before anything needs space. */
  boot(now: Date): void {
    this.pass(now);
    this.filesystemBytes = this.diskBytes;
    this.pass(now);
    this.kubeletHealthy = !this.full;
  }

  /** The script's last output line. @param parameters of the Command document */
  answer(
    base: DocumentBaseName,
    parameters: Readonly<Record<string, readonly string[]>>,
    now: Date,
  ): ScriptResult {
    this.pass(now);
    const parameter = (name: string): number => Number(parameters[name]?.[0]);
    const answers: Readonly<Partial<Record<DocumentBaseName, () => ScriptResult>>> = {
      AssessNode: () => this.assess(now),
      ReclaimDisk: () => this.reclaim(parameter('TargetPercent'), now),
      ExtendRoot: () => this.extend(parameter('MinDiskGiB'), now),
      RestartKubelet: () => this.restartKubelet(),
      VerifyNode: () => this.verify(parameter('CeilingPercent'), now),
      CordonDrainNode: () => this.cordonDrain(parameters['Action']?.[0]),
    };
    const answer = answers[base];
    if (!answer) throw new Error(`the fleet's nodes have no answer for the document ${base}`);
    return answer();
  }

  /** Another node drains this one's peer; the fleet has no pods that would mind. */
  private cordonDrain(action: string | undefined): CordonDrainResult {
    return {
      ...{ headroom: 1, script: 'cordon-drain-node', ok: true, dryRun: false, node: 'peer' },
      action: action === 'uncordon' ? 'uncordoned' : 'drained',
    };
  }

  private get full(): boolean {
    return (100 * this.usedBytes) / this.filesystemBytes >= KUBELET_FAILS_AT_PERCENT;
  }

  private pass(now: Date): void {
    const seconds = Math.max(0, (now.getTime() - this.measuredAt.getTime()) / 1000);
    this.usedBytes = Math.min(this.filesystemBytes, this.usedBytes + seconds * this.bytesPerSecond);
    this.measuredAt = now;
    if (this.full) this.kubeletHealthy = false;
  }

  private root(now: Date): RootFigures {
    return {
      ...this.figures(now),
      device: '/dev/nvme0n1p1',
      fsType: this.options.fsType,
      diskBytes: this.diskBytes,
      partitionBytes: this.filesystemBytes,
      partitionGrowableBytes: this.diskBytes - this.filesystemBytes,
      filesystemGrowableBytes: 0,
    };
  }

  private assess(now: Date): AssessResult {
    return {
      ...{ headroom: 1, script: 'assess-node', ok: true, dryRun: false },
      ...{ root: this.root(now), role: this.options.role, mounts: [], biggest: [['/var/lib', 1]] },
      ...{ deletedOpen: [], deletedOpenBytes: 0, journalBytes: 0, images: null, containerd: 'active' },
      kubelet: this.kubeletHealthy ? 'active' : 'failed',
      kubeletHealthz: this.kubeletHealthy,
      errors: this.kubeletHealthy ? [] : ['kubelet: no space left on device'],
      skipped: [],
    };
  }

  private reclaim(targetPercent: number, now: Date): ReclaimResult {
    const before = this.figures(now);
    const wanted = this.usedBytes - (this.filesystemBytes * targetPercent) / 100;
    const bytesFreed = Math.round(Math.max(0, Math.min(this.reclaimableBytes, wanted)));
    this.reclaimableBytes -= bytesFreed;
    this.usedBytes -= bytesFreed;
    const after = this.figures(now);
    const targetReached = after.usedPercent <= targetPercent;
    return {
      ...{ headroom: 1, script: 'reclaim-disk', ok: true, dryRun: false },
      ...{ before, after, bytesFreed, inodesFreed: 0, targetReached },
      steps: [{ name: 'journal', status: 'done', bytesFreed, inodesFreed: 0 }],
    };
  }

  private extend(minDiskGiB: number, now: Date): ExtendResult {
    const before = this.figures(now);
    const there = this.diskBytes >= minDiskGiB * GIB;
    const changed = there && this.filesystemBytes < this.diskBytes;
    if (there) this.filesystemBytes = this.diskBytes;
    return {
      ...{ headroom: 1, script: 'extend-root', ok: there, dryRun: false, changed, layout: 'partition' },
      ...{ before, after: this.root(now) },
      ...(there ? {} : { error: `the kernel does not see ${minDiskGiB} GiB` }),
    };
  }

  private restartKubelet(): RestartKubeletResult {
    const was = this.kubeletHealthy;
    this.kubeletHealthy = !this.full;
    return {
      ...{ headroom: 1, script: 'restart-kubelet', ok: this.kubeletHealthy, dryRun: false },
      action: was ? 'left-running' : this.full ? 'refused' : 'restarted',
      healthz: this.kubeletHealthy,
      ...(this.kubeletHealthy ? {} : { error: 'too little room to restart the kubelet' }),
    };
  }

  private verify(ceilingPercent: number, now: Date): VerifyResult {
    const root = this.root(now);
    const checks = [
      {
        name: 'disk-below-ceiling',
        ok: root.usedPercent < ceilingPercent,
        detail: `${root.usedPercent} % against ${ceilingPercent} %`,
      },
      { name: 'kubelet-healthz', ok: this.kubeletHealthy, detail: this.kubeletHealthy ? 'ok' : 'no answer' },
    ];
    const ok = checks.every((check) => check.ok);
    return {
      ...{ headroom: 1, script: 'verify-node', ok, dryRun: false, root, checks },
      ...(ok ? {} : { error: 'the node is not well' }),
    };
  }
}
