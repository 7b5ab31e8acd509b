import type { RootFigures } from '../../../lib/domain/node/node-figures';
import { readScriptResult } from '../../../lib/domain/node/run-command-output';
import type { ScriptName, ScriptResults } from '../../../lib/domain/node/script-result-schemas';
import { expectOneLine, outputOf, type ScriptRun } from '../run-script';
import type { FilesystemType, Layout, RefusedLayout } from './layouts';

/** Where disk-layout.sh and the node scripts run: this machine, or a virtual one. */
export interface Machine {
  /** A node script by its file's name. */
  script(name: string, env: Readonly<Record<string, string>>): Promise<ScriptRun>;
  /** disk-layout.sh with these arguments. @throws Error when it fails */
  layout(...args: readonly string[]): Promise<void>;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Makes a layout, looks at it, and takes it down again. */
export class LayoutCheck {
  constructor(
    private readonly machine: Machine,
    readonly folder: string,
  ) {}

  /** Full to the last byte, the disk grows: the agent's extension takes it, and at the next grow the boot's. */
  async isGrown({ name, type }: Layout & { readonly type: FilesystemType }): Promise<void> {
    await this.make(name, type);
    expect((await this.look()).growthBlocked).toBeUndefined();
    await this.machine.layout('fill', this.folder);
    await this.machine.layout('grow', this.folder, '3072');
    const root = await this.look();
    const seen = (root.partitionGrowableBytes ?? 0) + (root.filesystemGrowableBytes ?? 0);
    expect(seen).toBeGreaterThan(1.9 * GIB);

    const extended = await this.result('extend-root', { HEADROOM_MIN_DISK_GIB: '3' });
    expect(extended).toMatchObject({ ok: true, changed: true, before: { usedPercent: 100 } });
    const gained = extended.after.sizeBytes - extended.before.sizeBytes;
    expect(gained).toBeGreaterThan(1.8 * GIB);
    expect(gained).toBeLessThan(seen + 64 * MIB);
    expect(await this.result('extend-root', { HEADROOM_MIN_DISK_GIB: '3' })).toMatchObject({
      ok: true,
      changed: false,
      after: { ...extended.after, availableBytes: expect.any(Number) as unknown },
    });

    await this.machine.layout('fill', this.folder);
    await this.machine.layout('grow', this.folder, '4096');
    const grew = /^headroom boot-extend: \S+ grew from \d+ to \d+ bytes\n$/;
    expect(await this.run('boot-extend.sh')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(grew) as unknown,
    });
    expect((await this.look()).sizeBytes - extended.after.sizeBytes).toBeGreaterThan(0.9 * GIB);
    expect(await this.run('boot-extend.sh')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  }

  /** Told by name before anything is bought; when it was bought all the same, extend-root fails with the same words. */
  async isRefused({
    name,
    type,
    kind,
    detail,
  }: RefusedLayout & { readonly type: FilesystemType }): Promise<void> {
    await this.make(name, type);
    const told = expect.stringMatching(detail) as unknown;
    const { root } = await this.result('assess-node');
    expect(root).toMatchObject({ growthBlocked: { kind, detail: told }, filesystemGrowableBytes: 0 });
    if (name !== 'tmpfs') await this.machine.layout('grow', this.folder, '2048');
    const extended = await this.result('extend-root', { HEADROOM_MIN_DISK_GIB: '2' }, 1);
    expect(extended).toMatchObject({ ok: false, changed: false, error: told });
    expect(extended.after.sizeBytes).toBe(root.sizeBytes);
    // The boot goes on.
    expect((await this.run('boot-extend.sh')).exitCode).toBe(0);
  }

  /** The figures that assess-node tells too; nothing else on the node is looked at. */
  private async look(): Promise<RootFigures> {
    return (await this.result('extend-root', { HEADROOM_DRY_RUN: 'true' })).after;
  }

  async make(name: string, type: FilesystemType): Promise<void> {
    await this.machine.layout('make', this.folder, name, type);
  }

  async destroy(): Promise<void> {
    await this.machine.layout('destroy', this.folder);
  }

  async result<S extends ScriptName>(
    script: S,
    env: Readonly<Record<string, string>> = {},
    exitCode = 0,
  ): Promise<ScriptResults[S]> {
    const outcome = await this.run(`${script}.sh`, { HEADROOM_TIME_BUDGET_SECONDS: '1', ...env });
    outputOf(script, outcome, exitCode);
    expectOneLine(outcome);
    const reading = readScriptResult(outcome.stdout, script);
    if (!reading.ok) throw new Error(`${reading.why}\n${outcome.stderr}`);
    return reading.value;
  }

  run(name: string, env: Readonly<Record<string, string>> = {}): Promise<ScriptRun> {
    return this.machine.script(name, { HEADROOM_MOUNT_POINT: `${this.folder}/mnt`, ...env });
  }
}
