import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NodeRole } from '../../../domain/names/naming';
import { FIRST_BOOT_FILES, nodeFile, nodeFilePath, withoutComments } from '../../../node/node-files';
import type { NodeFile } from './archive';
import {
  kubeadmInit,
  kubeadmJoinControlPlane,
  kubeadmJoinWorker,
  kubeletPatch,
  type KubeadmSettings,
} from './kubeadm';

const SCRIPTS = join(__dirname, '../../../node/bootstrap');

const isExecutable = (path: string): boolean => (statSync(path).mode & 0o100) !== 0;

/** What kubeadm is given on a node of the role. */
export const kubeadmFiles = (role: NodeRole, settings: KubeadmSettings): Record<string, string> =>
  role === 'control-plane'
    ? {
        'kubeadm-init.yaml': kubeadmInit(settings),
        'kubeadm-join-control-plane.yaml': kubeadmJoinControlPlane(settings),
      }
    : { 'kubeadm-join-worker.yaml': kubeadmJoinWorker(settings) };

/** Its name is the patch's target, which kubeadm reads from it. */
export const KUBELET_PATCH = 'kubeletconfiguration.yaml';

/** Everything that user data unpacks, sorted by name. */
export const nodeFiles = (role: NodeRole, settings: KubeadmSettings): NodeFile[] => {
  const own = readdirSync(SCRIPTS)
    // Room in user data is scarce.
    .filter((name) => name !== 'README.md' && (role === 'worker' || !name.startsWith('worker-')))
    .map((name) => join(SCRIPTS, name));
  const scripts = [...own, nodeFilePath('package-key.sh')].map((path) => {
    const name = basename(path);
    return { name, text: withoutComments(readFileSync(path, 'utf8')), isExecutable: isExecutable(path) };
  });
  const healing = FIRST_BOOT_FILES.map((name) => ({
    name,
    text: nodeFile(name),
    isExecutable: name.endsWith('.sh'),
  }));
  const patch = { [KUBELET_PATCH]: kubeletPatch(settings) };
  const rendered = Object.entries({ ...kubeadmFiles(role, settings), ...patch }).map(([name, text]) => ({
    ...{ name, text, isExecutable: false },
  }));
  return [...scripts, ...healing, ...rendered].sort((a, b) => (a.name < b.name ? -1 : 1));
};
