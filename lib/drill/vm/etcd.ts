import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { cached, isCached, recipeKey, treeKey } from './cache';
import { goBuild } from './go-build';

const ETCD_MODULE = join(__dirname, 'etcd');

const key = (): string => recipeKey(treeKey(ETCD_MODULE));

export const etcdIsBuilt = (): boolean => isCached('etcd', key());

/** A directory with real etcd, etcdctl and etcdutl, built once (about two minutes) from the committed module. */
export const etcdPrograms = (): Promise<string> =>
  cached('etcd', key(), async (directory) => {
    const packages = ['server', 'etcdctl', 'etcdutl'].map((name) => `go.etcd.io/etcd/${name}/v3`);
    await goBuild({ module: ETCD_MODULE, packages, output: `${directory}/` });
    renameSync(join(directory, 'server'), join(directory, 'etcd'));
  });
