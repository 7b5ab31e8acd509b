import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, treeKey } from '../../../lib/drill/vm/cache';
import { goProgram } from '../../../lib/drill/vm/go-toolchain';
import { runProgram } from '../../../lib/drill/vm/run-program';

const MODULE = join(__dirname, 'containerd-module');

/** Snapshotters that a node does not use, and that need more to be built. */
const TAGS = 'no_btrfs,no_zfs,no_devmapper';

/** The real containerd 2, built from its published module and kept in the cache: 2 minutes of processor time, once. */
export const containerdProgram = async (): Promise<string> => {
  const directory = await cached('containerd', treeKey(MODULE), async (building) => {
    const name = 'github.com/containerd/containerd/v2';
    const version = /containerd\/v2 (v\S+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1];
    await runProgram(
      await goProgram(),
      [
        ...['build', '-mod=readonly', '-trimpath', '-tags', TAGS],
        // Built as a dependency it does not know its version, which the node reads.
        ...[`-ldflags=-s -w -X ${name}/version.Version=${version}`],
        ...['-o', join(building, 'containerd'), `${name}/cmd/containerd`],
      ],
      {
        workingDirectory: MODULE,
        environment: { CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' },
      },
    );
  });
  return join(directory, 'containerd');
};
