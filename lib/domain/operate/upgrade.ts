import type { ClusterFactsResult } from './operate-figures';

export interface UpgradePlan {
  /** `apply`: kubeadm upgrades the cluster on this node; `node`: the node follows. */
  readonly mode: 'apply' | 'node';
  readonly node: string;
  readonly from: string;
  readonly to: string;
}

export type UpgradeChoice =
  | { readonly ok: true; readonly plan: UpgradePlan }
  | { readonly ok: false; readonly why: string; readonly next: string };

const VERSION = /^1\.(\d{1,3})\.(\d{1,3})$/;

/** [minor, patch] of `1.36.3`; undefined for anything else. */
export const parseVersion = (text: string): readonly [minor: number, patch: number] | undefined => {
  const [, minor, patch] = VERSION.exec(text) ?? [];
  return minor === undefined || patch === undefined ? undefined : [Number(minor), Number(patch)];
};

const compare = (left: readonly [number, number], right: readonly [number, number]): number =>
  left[0] - right[0] || left[1] - right[1];

/**
 * Whether a node may be brought to a version now, and how. All members of the control plane must be well; a worker waits
 * for every one of them; no minor version is skipped, and none goes back. Never throws.
 * https://kubernetes.io/releases/version-skew-policy/
 */
export const planUpgrade = (
  { node, members, apiServerVersion, clusterVersion }: ClusterFactsResult,
  target: string,
): UpgradeChoice => {
  const to = parseVersion(target);
  if (to === undefined)
    return no(`"${target}" is not a version like 1.36.3`, 'start UpgradeNode with such a TargetVersion');
  if (node === null)
    return no(
      'the cluster has no node for this instance',
      'start DiagnoseNode on it: it may never have joined',
    );
  const unwell = members.filter(({ ready, unwell: parts }) => !ready || parts !== '');
  const [sick] = unwell;
  if (sick !== undefined) {
    const what = sick.ready ? `has no ready ${sick.unwell}` : 'is not Ready';
    return no(`control-plane node ${sick.name} ${what}`, `start DiagnoseNode on ${sick.name}`);
  }
  if (members.length === 0)
    return no('the cluster lists no control-plane node', 'kubectl get nodes --show-labels');
  const from = parseVersion(node.version);
  const server = parseVersion(apiServerVersion);
  if (from === undefined || server === undefined) {
    const versions = `the node's version is "${node.version}", the API server's "${apiServerVersion}"`;
    return no(`${versions}: the upgrade cannot be planned`, 'kubectl get nodes');
  }
  if (compare(to, from) < 0)
    return no(`the node is at ${node.version}: Kubernetes does not support downgrades`, 'nothing to do');
  if (to[0] > from[0] + 1) {
    return no(
      `upgrading from ${node.version} to ${target} would skip a minor version`,
      `start UpgradeNode with TargetVersion 1.${from[0] + 1}.x, on every node, first`,
    );
  }
  const done = (version: string): boolean => compare(parseVersion(version) ?? [0, 0], to) >= 0;
  if (!node.controlPlane) {
    const late = members.find(({ version }) => !done(version));
    if (late !== undefined || compare(server, to) < 0) {
      const what = late === undefined ? 'the API server' : `control-plane node ${late.name}`;
      const version = late?.version ?? apiServerVersion;
      return no(
        `${what} is still at ${version}: upgrade the control plane first`,
        'start UpgradeNode on each control-plane node',
      );
    }
    return yes('node', node, target);
  }
  // What kubeadm wrote down when it last upgraded the cluster; the API server that answered may be any member's.
  return yes(compare(parseVersion(clusterVersion) ?? server, to) < 0 ? 'apply' : 'node', node, target);
};

/** Whether the cluster is well after a node's upgrade. */
export const judgeUpgrade = (facts: ClusterFactsResult, target: string): UpgradeChoice => {
  const { node, members } = facts;
  if (node === null) return no('the cluster no longer has the node', 'start DiagnoseNode on it');
  if (node.version !== target)
    return no(`${node.name} is at ${node.version}, not ${target}`, 'start UpgradeNode on it again');
  if (!node.ready) return no(`${node.name} is not Ready`, `start DiagnoseNode on ${node.name}`);
  if (node.cordoned) return no(`${node.name} is still cordoned`, 'start UncordonNode on it');
  const sick = members.find(({ ready, unwell }) => !ready || unwell !== '');
  return sick === undefined
    ? yes('node', node, target)
    : no(
        `control-plane node ${sick.name} ${sick.ready ? `has no ready ${sick.unwell}` : 'is not Ready'}`,
        `start DiagnoseNode on ${sick.name}; upgrade no other node until it is healthy`,
      );
};

const yes = (
  mode: UpgradePlan['mode'],
  { name, version }: { readonly name: string; readonly version: string },
  to: string,
): UpgradeChoice => ({ ok: true, plan: { mode, node: name, from: version, to } });

const no = (why: string, next: string): UpgradeChoice => ({ ok: false, why, next });
