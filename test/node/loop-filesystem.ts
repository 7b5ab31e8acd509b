import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { mustRun, run } from './run-script';

const MIB = 1024 * 1024;

export interface LoopOptions {
  readonly type: 'ext4' | 'xfs';
  readonly sizeMiB: number;
  /** A GPT with a small first partition, and the filesystem in the second. Default: the whole disk. */
  readonly partitioned?: boolean;
  /** ext4 only: how many inodes. Default: mkfs decides. */
  readonly inodes?: number;
}

/** A real filesystem on a loop device. `destroy` leaves nothing behind; call it in `afterEach`, also after a failure. */
export class LoopFilesystem {
  private constructor(
    private readonly folder: string,
    readonly disk: string,
    readonly device: string,
  ) {}

  static async create(options: LoopOptions): Promise<LoopFilesystem> {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-loop-'));
    const image = join(folder, 'disk.img');
    writeFileSync(image, '');
    truncateSync(image, options.sizeMiB * MIB);
    if (options.partitioned === true) {
      writeFileSync(join(folder, 'table'), `label: gpt\nsize=8MiB\nsize=${options.sizeMiB - 10}MiB\n`);
      await mustRun('sh', '-c', `sfdisk --quiet '${image}' <'${folder}/table'`);
    }
    const disk = await mustRun('losetup', '--partscan', '--find', '--show', image);
    const loop = new LoopFilesystem(folder, disk, options.partitioned === true ? `${disk}p2` : disk);
    try {
      if (options.partitioned === true) await loop.addPartitions();
      await loop.format(options);
      mkdirSync(loop.mountPoint);
      await mustRun('mount', loop.device, loop.mountPoint);
    } catch (error) {
      await loop.destroy();
      throw error;
    }
    return loop;
  }

  get mountPoint(): string {
    return join(this.folder, 'mnt');
  }

  get env(): { readonly HEADROOM_MOUNT_POINT: string } {
    return { HEADROOM_MOUNT_POINT: this.mountPoint };
  }

  path(...parts: string[]): string {
    return join(this.mountPoint, ...parts);
  }

  /** Makes the disk larger under the mounted filesystem, as Elastic Volumes does. */
  async growDisk(sizeMiB: number): Promise<void> {
    truncateSync(join(this.folder, 'disk.img'), sizeMiB * MIB);
    await mustRun('losetup', '--set-capacity', this.disk);
  }

  /** Writes until no byte is left. */
  async fill(): Promise<void> {
    const available = Number(
      await mustRun('sh', '-c', `df --block-size=1 --output=avail '${this.mountPoint}' | tail -n 1`),
    );
    if (available > 16 * MIB)
      await mustRun('fallocate', '-l', String(available - 8 * MIB), this.path('fill'));
    for (const blockSize of ['1M', '4k']) {
      const { stderr } = await run('dd', [
        'if=/dev/zero',
        `of=${this.path(`fill-${blockSize}`)}`,
        `bs=${blockSize}`,
      ]);
      if (!stderr.includes('No space left')) throw new Error(`the filesystem is not full: ${stderr}`);
    }
    await mustRun('sync', '--file-system', this.mountPoint);
  }

  /** Removes what `fill` wrote. */
  unfill(): void {
    for (const name of ['fill', 'fill-1M', 'fill-4k']) rmSync(this.path(name), { force: true });
  }

  async destroy(): Promise<void> {
    await run('umount', [this.mountPoint]);
    await run('partx', ['--delete', this.disk]);
    for (const number of [1, 2]) rmSync(`${this.disk}p${number}`, { force: true });
    await run('losetup', ['--detach', this.disk]);
    if ((await run('mountpoint', ['--quiet', this.mountPoint])).exitCode === 0) {
      throw new Error(`${this.mountPoint} is still mounted`);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async format({ type, inodes }: LoopOptions): Promise<void> {
    if (type === 'xfs') await mustRun('mkfs.xfs', '-q', '-f', this.device);
    else
      await mustRun(
        'mkfs.ext4',
        '-q',
        '-F',
        ...(inodes === undefined ? [] : ['-N', `${inodes}`]),
        this.device,
      );
  }

  /** Some kernels read no partition table of a loop device, and some machines have no udev: do both by hand. */
  private async addPartitions(): Promise<void> {
    const name = basename(this.disk);
    if (!existsSync(`/sys/class/block/${name}p2`)) await mustRun('partx', '--add', this.disk);
    for (const number of [1, 2]) {
      if (existsSync(`${this.disk}p${number}`)) continue;
      const numbers = readFileSync(`/sys/class/block/${name}p${number}/dev`, 'utf8').trim().split(':');
      await mustRun('mknod', `${this.disk}p${number}`, 'b', ...numbers);
    }
  }
}

/** Online growth of ext4 is a right of its own (CAP_SYS_RESOURCE), which some containers keep from root. */
export const mayGrowExt4 = (): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n;
};
