import type { DrillNode } from '../../../../lib/drill/drill-node';
import type { GuestCommandResult, GuestDiskFigures } from '../../../../packages/local-aws/src';

const GIB = 1024 ** 3;
const ok = (stdout = ''): GuestCommandResult => ({ exitCode: 0, stdout, stderr: '' });

export interface FakeNodeOptions {
  readonly diskGiB?: number;
  readonly usedGiB?: number;
  readonly role?: 'control-plane' | 'worker';
  /** What each staging attempt meets, e.g. a full disk. */
  readonly stagingFails?: () => string | undefined;
  /** The agent's unit does not run; a reboot starts it again. */
  readonly agentDead?: boolean;
  /** A reboot does not bring the agent back either. */
  readonly agentStaysDead?: boolean;
  /** Bytes that reclaim frees. */
  readonly reclaimableGiB?: number;
}

/** A node in memory: it understands the agent's staging and answers for each of the project's scripts. */
export class FakeNode implements DrillNode {
  readonly staged = new Map<string, string>();
  readonly ran: { readonly script: string; readonly environment: Readonly<Record<string, string>> }[] = [];
  resets = 0;
  private disk: number;
  private filesystem: number;
  private used: number;

  constructor(private readonly options: FakeNodeOptions = {}) {
    this.disk = (options.diskGiB ?? 8) * GIB;
    this.filesystem = this.disk;
    this.used = (options.usedGiB ?? options.diskGiB ?? 8) * GIB;
  }

  exec(
    program: string,
    args: readonly string[],
    options: {
      readonly stdin?: string | Uint8Array;
      readonly environment?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<GuestCommandResult> {
    return Promise.resolve(this.answer(program, args, options));
  }

  private answer(
    program: string,
    args: readonly string[],
    options: {
      readonly stdin?: string | Uint8Array;
      readonly environment?: Readonly<Record<string, string>>;
    },
  ): GuestCommandResult {
    if (program === 'findmnt') return ok('ext4 /dev/vda1\n');
    if (program === 'systemctl') return ok(`${this.agentDead ? 'inactive' : 'active'}\n`);
    if (program === '/bin/rm') {
      for (const path of this.staged.keys()) if (path.startsWith(args[1] ?? '')) this.staged.delete(path);
      return ok();
    }
    if (options.stdin !== undefined) return this.stage(args.at(-1) ?? '', String(options.stdin));
    const script = this.staged.get(args.at(-1) ?? '');
    if (script === undefined)
      return { exitCode: 127, stdout: '', stderr: `sh: ${args.join(' ')}: not found` };
    this.ran.push({ script, environment: options.environment ?? {} });
    return this.run(script, options.environment ?? {});
  }

  private get agentDead(): boolean {
    const { agentDead = false, agentStaysDead = false } = this.options;
    return agentStaysDead || (agentDead && this.resets === 0);
  }

  private stage(path: string, script: string): GuestCommandResult {
    const problem = this.options.stagingFails?.();
    if (problem !== undefined) return { exitCode: 1, stdout: '', stderr: problem };
    this.staged.set(path, script);
    return ok();
  }

  private run(script: string, environment: Readonly<Record<string, string>>): GuestCommandResult {
    const json = (name: string, more: object) =>
      ok(`${JSON.stringify({ headroom: 1, script: name, ok: true, dryRun: false, ...more })}\n`);
    // By a variable that only one document's parameters set.
    if ('SSM_TimeBudgetSeconds' in environment) return json('assess-node', this.assessment());
    if ('SSM_JournalKeepDays' in environment) return json('reclaim-disk', this.reclaim());
    if ('SSM_MinDiskGiB' in environment) return json('extend-root', this.extend());
    if ('SSM_CeilingPercent' in environment)
      return json('verify-node', { root: this.root(), checks: this.checks() });
    if ('SSM_WaitSeconds' in environment)
      return json('restart-kubelet', { action: 'left-running', healthz: true });
    throw new Error(`the fake node does not know this script: ${script.slice(0, 200)}`);
  }

  private figures(): GuestDiskFigures {
    const usedPercent = Math.round((1000 * this.used) / this.filesystem) / 10;
    return {
      usedPercent,
      sizeBytes: this.filesystem,
      availableBytes: this.filesystem - this.used,
      inodesUsedPercent: 12,
    };
  }

  private root(): object {
    return {
      ...this.figures(),
      device: '/dev/vda1',
      fsType: 'ext4',
      diskBytes: this.disk,
      partitionBytes: this.filesystem,
    };
  }

  private assessment(): object {
    return {
      ...{
        root: this.root(),
        role: this.options.role ?? 'control-plane',
        mounts: [],
        biggest: [],
        deletedOpen: [],
      },
      ...{ deletedOpenBytes: 0, journalBytes: 0, images: null, kubelet: 'active', kubeletHealthz: true },
      ...{ containerd: 'active', errors: [], skipped: [] },
    };
  }

  private reclaim(): object {
    const before = this.figures();
    const freed = (this.options.reclaimableGiB ?? 0) * GIB;
    this.used -= freed;
    return {
      before,
      after: this.figures(),
      bytesFreed: freed,
      inodesFreed: 0,
      targetReached: false,
      steps: [],
    };
  }

  private extend(): object {
    const before = this.figures();
    this.filesystem = this.disk;
    return { changed: true, layout: 'partition', before, after: this.root() };
  }

  private checks(): readonly object[] {
    return [{ name: 'disk-below-ceiling', ok: true, detail: `${this.figures().usedPercent} %` }];
  }

  rootFigures(): Promise<GuestDiskFigures> {
    return Promise.resolve(this.figures());
  }

  resizeDisk(sizeBytes: number): Promise<void> {
    this.disk = sizeBytes;
    return Promise.resolve();
  }

  diskBytes(): number {
    return this.disk;
  }

  reset(): Promise<void> {
    this.resets += 1;
    // What boot-extend does.
    this.filesystem = this.disk;
    return Promise.resolve();
  }
}
