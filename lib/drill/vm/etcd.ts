import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { cached, recipeKey, treeKey } from './cache';
import { goProgram } from './go-toolchain';
import { runProgram } from './run-program';

const ETCD_MODULE = join(__dirname, 'etcd');

/** A directory with real etcd, etcdctl and etcdutl, built once (about two minutes) from the committed module. */
export const etcdPrograms = (): Promise<string> =>
  cached('etcd', recipeKey(treeKey(ETCD_MODULE)), async (directory) => {
    const modules = ['server', 'etcdctl', 'etcdutl'].map((name) => `go.etcd.io/etcd/${name}/v3`);
    await runProgram(
      await goProgram(),
      ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', `${directory}/`, ...modules],
      {
        workingDirectory: ETCD_MODULE,
        environment: { CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOOS: 'linux', GOARCH: 'amd64' },
      },
    );
    renameSync(join(directory, 'server'), join(directory, 'etcd'));
  });
