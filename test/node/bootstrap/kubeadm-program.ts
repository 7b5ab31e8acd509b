import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, treeKey } from '../../../lib/drill/vm/cache';
import { goProgram } from '../../../lib/drill/vm/go-toolchain';
import { runProgram } from '../../../lib/drill/vm/run-program';

/** Its go.mod replaces the staging modules, which kubernetes' own takes from beside itself. */
const MODULE = join(__dirname, 'kubeadm-module');

/**
 * The real kubeadm, built from its published module and kept in the cache: 3 minutes of processor time, once.
 * go.sum holds the checksums, so no checksum database is asked.
 */
export const kubeadmProgram = async (): Promise<string> => {
  const directory = await cached('kubeadm', treeKey(MODULE), async (building) => {
    const version = /k8s\.io\/kubernetes (v\S+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1];
    const [major, minor] = (version ?? 'v0.0').slice(1).split('.');
    // Built as a dependency it does not know its version, by which it judges the configuration's.
    const flags = { gitVersion: version, gitMajor: major, gitMinor: minor };
    const linked = Object.entries(flags).map(
      ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
    );
    await runProgram(
      await goProgram(),
      [
        ...['build', '-mod=readonly', '-trimpath', `-ldflags=-s -w ${linked.join(' ')}`],
        ...['-o', join(building, 'kubeadm'), 'k8s.io/kubernetes/cmd/kubeadm'],
      ],
      {
        workingDirectory: MODULE,
        environment: { CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' },
      },
    );
  });
  return join(directory, 'kubeadm');
};
