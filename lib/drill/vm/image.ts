import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRunError } from '../cannot-run';
import { chooseAccelerator } from './accelerator';
import { cached, recipeKey, treeKey } from './cache';
import { hostRecipe, type ImageRecipe } from './distribution';
import { goBuild } from './go-build';
import { ROOT_DEVICES, type Accelerator, type Machine, type NodeImage, type RootLayout } from './node-image';
import { MACHINE, QEMU } from './qemu';
import { ProgramFailed, runAsRoot, runProgram } from './run-program';
import { freeze, snapshotFiles } from './snapshot';
import { VirtualMachine } from './virtual-machine';

/** The incident's disk. */
const DEFAULT_DISK_GIB = 8;
/** Below this the node's own files leave no room for a drill. */
const SMALLEST_DISK_GIB = 4;
/** Archived journals a prepared node has: enough to be worth vacuuming. */
const JOURNAL_MIB = 240;
/** A minute where a machine has the host to itself. */
const FIRST_BOOT_SECONDS = 1800;
/** Free memory keeps what was in it, and would be most of the saved state: zeros, which take no room, in its place. */
const FORGET = `sync; echo 3 > /proc/sys/vm/drop_caches
mount -t tmpfs -o size=100% tmpfs /mnt &&
  head -c "$(awk '/^MemFree:/ { print int($2 * 0.9) }' /proc/meminfo)K" /dev/zero > /mnt/zeros
umount /mnt; sync`;

const BUILD_SCRIPTS = join(__dirname, 'build');
const GUEST_FILES = join(__dirname, 'guest', 'root');
const CRICTL_MODULE = join(__dirname, 'crictl');

export interface ImageProgress {
  readonly step: 'packages' | 'crictl' | 'filesystem' | 'first boot' | 'snapshot';
  /** `started`, then `done`; steps found in the cache are not reported. */
  readonly status: 'started' | 'done';
  /** Present when done. */
  readonly seconds?: number;
}

/** What makes another node than the usual one of the same image. */
export interface ImageVariant {
  /** In the cache's names. */
  readonly name: string;
  /** Besides those of every image. */
  readonly packages: readonly string[];
  readonly machine: Machine;
  /** Changes with whatever `finish` does. */
  readonly key: string;
  /** Changes the composed disk before its first boot. @param directory that the disk is in, for what is needed meanwhile */
  readonly finish: (disk: string, directory: string) => Promise<void>;
}

export interface NodeImageOptions {
  readonly rootFs: 'ext4' | 'xfs';
  /** Whole GiB of the disk, from 4. @default 8 */
  readonly diskGiB?: number;
  /** @default partition */
  readonly layout?: RootLayout;
  /** Files copied over the image's, keeping their executable bits. */
  readonly overlayDirectory?: string;
  readonly variant?: ImageVariant;
  readonly onProgress?: (progress: ImageProgress) => void;
}

/**
 * A node image with a machine in it that has already booted, from the cache or built: packages (30 s), crictl
 * (20 s), filesystem (5 s), first boot and snapshot (about a minute).
 * @throws CannotRunError where this host cannot build it; Error with the failed program's last words otherwise
 */
export async function prepareNodeImage(options: NodeImageOptions): Promise<NodeImage> {
  const { rootFs, diskGiB = DEFAULT_DISK_GIB, layout = 'partition', overlayDirectory, variant } = options;
  if (!Number.isInteger(diskGiB) || diskGiB < SMALLEST_DISK_GIB) {
    throw new CannotRunError(
      `diskGiB must be a whole number of at least ${SMALLEST_DISK_GIB}, got ${diskGiB}.`,
    );
  }
  const step = stepTimer(options.onProgress);
  const { recipe, mirror } = hostRecipe();
  const packages = [...recipe.packages, ...(variant?.packages ?? [])];
  const rootKey = recipeKey({ ...recipe, packages }, treeKey(join(BUILD_SCRIPTS, 'root-archive')));
  const suffix = variant === undefined ? '' : `-${variant.name}`;
  const rootDirectory = await cached(`root${suffix}`, rootKey, (directory) =>
    step('packages', () => buildRootArchive(directory, { ...recipe, packages }, mirror)),
  );
  const crictlKey = recipeKey(treeKey(CRICTL_MODULE), 'version stamped');
  const crictlDirectory = await cached('crictl', crictlKey, (directory) =>
    step('crictl', () => buildCrictl(directory)),
  );
  const accelerator = await chooseAccelerator(rootDirectory);
  const qemuVersion = (await runProgram(QEMU, ['--version'])).split('\n')[0];
  const overlayKey = overlayDirectory === undefined ? '' : treeKey(overlayDirectory);
  const machine = variant?.machine ?? MACHINE;
  const key = recipeKey(
    ...[
      rootKey,
      crictlKey,
      treeKey(GUEST_FILES),
      treeKey(join(BUILD_SCRIPTS, 'disk')),
      overlayKey,
      JOURNAL_MIB,
    ],
    ...[accelerator, qemuVersion, machine],
    ...(variant === undefined ? [] : [variant.key]),
  );
  const rootArguments = `root=${ROOT_DEVICES[layout]} rootfstype=${rootFs} rw`;
  const image = (directory: string, frozen: boolean): NodeImage => ({
    disk: { file: join(directory, 'base.raw'), format: 'raw' },
    ...{ accelerator, machine },
    kernel: { file: join(directory, 'kernel'), initrd: join(directory, 'initrd'), rootArguments },
    ...(frozen ? snapshotFiles(directory) : {}),
  });
  const kind = `node-${rootFs}-${diskGiB}gib-${layout}${overlayKey === '' ? '' : '-overlay'}${suffix}`;
  const directory = await cached(kind, key, async (building) => {
    for (const file of ['kernel', 'initrd']) {
      copyFileSync(join(rootDirectory, file), join(building, file));
    }
    const disk = join(building, 'base.raw');
    await step('filesystem', async () => {
      await runAsRoot('bash', [
        join(BUILD_SCRIPTS, 'disk', 'compose-disk.sh'),
        ...[join(rootDirectory, 'root.tar'), GUEST_FILES, join(crictlDirectory, 'crictl')],
        ...[disk, String(diskGiB * 1024 ** 3), rootFs, layout, owner()],
        ...(overlayDirectory === undefined ? [] : [overlayDirectory]),
      ]);
      await variant?.finish(disk, building);
    });
    await bootOnceAndFreeze(building, image(building, false), step);
  });
  return image(directory, true);
}

/**
 * A ready image given by `--image`. It must hold a systemd node with qemu-guest-agent enabled, containerd, crictl,
 * cloud-guest-utils and the files of lib/drill/vm/guest/root, and boot with virtio-blk as its disk, either through
 * its own (BIOS) boot loader or with `kernel`.
 */
export async function readyImage(file: string, kernel?: NodeImage['kernel']): Promise<NodeImage> {
  const info: unknown = JSON.parse(await runProgram('qemu-img', ['info', '--output=json', file]));
  const format = (info as { readonly format?: unknown }).format;
  if (format !== 'qcow2' && format !== 'raw') {
    throw new CannotRunError(`--image must be a qcow2 or raw image, got ${String(format)}: ${file}`);
  }
  const accelerator: Accelerator = process.env['HEADROOM_ACCEL'] === 'kvm' ? 'kvm' : 'tcg'; // no kernel to probe with
  return { disk: { file, format }, accelerator, ...(kernel === undefined ? {} : { kernel }) };
}

type Step = <T>(name: ImageProgress['step'], work: () => Promise<T>) => Promise<T>;

function stepTimer(onProgress: NodeImageOptions['onProgress']): Step {
  return async (step, work) => {
    const start = Date.now();
    onProgress?.({ step, status: 'started' });
    const result = await work();
    onProgress?.({ step, status: 'done', seconds: (Date.now() - start) / 1000 });
    return result;
  };
}

async function buildRootArchive(directory: string, recipe: ImageRecipe, mirror: string): Promise<void> {
  await runAsRoot('bash', [
    join(BUILD_SCRIPTS, 'root-archive', 'make-root-archive.sh'),
    ...[recipe.suite, mirror, recipe.components.join(','), recipe.packages.join(',')],
    ...[directory, owner()],
    ...(await hostAptProxies()),
  ]);
}

/** The host's own way to the mirror, as apt options. */
async function hostAptProxies(): Promise<string[]> {
  const dump = await runProgram('apt-config', ['dump', 'Acquire']);
  return dump.split('\n').filter((line) => /^Acquire::https?::Proxy(::\S+)? ".+";$/.test(line));
}

/** Real crictl from its committed module. */
async function buildCrictl(directory: string): Promise<void> {
  // Built as a dependency it does not know its version, which is what tells whether it honours pinned images.
  const version =
    /cri-tools (v\S+)/.exec(readFileSync(join(CRICTL_MODULE, 'go.mod'), 'utf8'))?.[1] ?? 'unknown';
  await goBuild({
    module: CRICTL_MODULE,
    packages: ['sigs.k8s.io/cri-tools/cmd/crictl'],
    output: join(directory, 'crictl'),
    linkerFlags: [`-X sigs.k8s.io/cri-tools/pkg/version.Version=${version}`],
  });
}

async function bootOnceAndFreeze(directory: string, image: NodeImage, step: Step): Promise<void> {
  const vm = await step('first boot', async () => {
    const booted = await VirtualMachine.start({ image, keepOverlay: snapshotFiles(directory).disk.file });
    try {
      const script = '/usr/local/lib/headroom-drill/first-boot.sh';
      const options = { timeoutSeconds: FIRST_BOOT_SECONDS };
      const prepared = await booted.exec(script, [String(JOURNAL_MIB)], options);
      if (prepared.exitCode !== 0) {
        throw new ProgramFailed(
          `${script} ended with ${prepared.exitCode} in the guest:\n${prepared.stderr}\n${booted.consoleTail()}`,
        );
      }
      return booted;
    } catch (error) {
      await booted.stop();
      throw error;
    }
  });
  try {
    await step('snapshot', async () => {
      await vm.exec('sh', ['-c', FORGET]);
      await freeze(vm, directory, 'base.raw', 'raw');
    });
  } finally {
    await vm.stop();
  }
}

function owner(): string {
  return `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}
