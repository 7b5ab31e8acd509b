import { dirname, join } from 'node:path';
import { cached, recipeKey } from './cache';
import type { NodeImage } from './node-image';
import { runProgram } from './run-program';
import { VirtualMachine } from './virtual-machine';

/** A snapshot is made in half a minute, is as large as a node's memory, and gets a successor with every change of user data. */
const KEEP_UNUSED_HOURS = 2;

/** What a machine that was frozen in a directory left there. */
export const snapshotFiles = (directory: string): Required<Pick<NodeImage, 'disk' | 'memoryState'>> => ({
  disk: { file: join(directory, 'node.qcow2'), format: 'qcow2' },
  memoryState: join(directory, 'memory.state'),
});

/** Ends a machine whose overlay is the directory's. @param backing as the overlay is to name it: the directory may be renamed */
export async function freeze(
  vm: VirtualMachine,
  directory: string,
  backing: string,
  format: NodeImage['disk']['format'],
): Promise<void> {
  const { disk, memoryState } = snapshotFiles(directory);
  await vm.freeze(memoryState);
  await runProgram('qemu-img', ['rebase', '-u', '-b', backing, '-F', format, disk.file]);
}

/** What is done to a machine before it is frozen again. */
export interface Preparation {
  /** e.g. the role; snapshots of one kind make room for each other. */
  readonly kind: string;
  /** Everything that is done, in words that change with it. */
  readonly recipe: readonly unknown[];
  readonly run: (vm: VirtualMachine) => Promise<void>;
}

/**
 * The image with the preparation done: a snapshot beside it, made by the first process that needs it, while others wait.
 * @param image one from the cache: the snapshot lives and goes with it
 */
export async function preparedImage(
  image: NodeImage,
  { kind, recipe, run }: Preparation,
): Promise<NodeImage> {
  const { file, format } = image.disk;
  const build = async (building: string): Promise<void> => {
    const vm = await VirtualMachine.start({ image, keepOverlay: snapshotFiles(building).disk.file });
    try {
      await run(vm);
      await vm.exec('sync', []);
      await freeze(vm, building, join('..', 'node.qcow2'), format);
    } finally {
      await vm.stop();
    }
  };
  const directory = await cached(kind, recipeKey(...recipe), build, dirname(file), KEEP_UNUSED_HOURS);
  return { ...image, ...snapshotFiles(directory) };
}
