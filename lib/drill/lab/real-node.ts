import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeKey, treeKey } from '../vm/cache';
import { etcdPrograms } from '../vm/etcd';
import type { ImageVariant } from '../vm/image';
import { MACHINE } from '../vm/qemu';
import { runAsRoot, runProgram } from '../vm/run-program';
import { imagePlan } from './images';
import { kubernetesVersion, labPrograms } from './programs';

/** Where composing a disk of layout `partition` puts the root filesystem. Bytes. */
const ROOT_OFFSET = 1024 * 1024;
const BUILD_SCRIPTS = join(__dirname, 'build');
const GUEST_FILES = join(__dirname, 'guest', 'root');

/** What kubeadm's preflight, kube-proxy and the kubelet look for, and openssl for the join's token. */
const PACKAGES = ['openssl', 'iptables', 'nftables', 'conntrack', 'ethtool', 'socat'];

/**
 * A node before its bootstrap, with the programs and images of a real control plane. One processor is not enough for it
 * under emulation, and 2 GiB are tight: seen, 443 s until Ready, and no workload five minutes later.
 */
export async function realNode(): Promise<ImageVariant> {
  const programs = await labPrograms();
  const etcd = await etcdPrograms();
  const listed = await runProgram(join(programs.kubernetes, 'kubeadm'), [
    ...['config', 'images', 'list', '--kubernetes-version', kubernetesVersion()],
  ]);
  const plan = imagePlan(listed.trim().split('\n'), programs, etcd);
  return {
    name: 'real',
    packages: PACKAGES,
    machine: {
      ...MACHINE,
      ...{ cpus: 2, memoryMiB: 3072 },
      // drill-cpus.service says why.
      kernelArguments: `${MACHINE.kernelArguments} maxcpus=1`,
    },
    key: recipeKey(plan, programs, treeKey(BUILD_SCRIPTS), treeKey(GUEST_FILES)),
    finish: async (disk, directory) => {
      const planFile = join(directory, 'images.json');
      writeFileSync(planFile, JSON.stringify(plan));
      await runAsRoot('bash', [
        ...[join(BUILD_SCRIPTS, 'finish-disk.sh'), disk, String(ROOT_OFFSET), GUEST_FILES, planFile],
        ...[programs.kubernetes, programs.cni],
      ]);
    },
  };
}
