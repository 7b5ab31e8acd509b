import type { DeclaredPolicy, Fact, NodeGroupFacts } from '../facts';

type Role = NodeGroupFacts['role'];

/** Tags of kops, kubeadm's and cluster-api's tools, by which they know their own machines. */
const CONTROL_PLANE_TAG =
  /^(k8s\.io\/role\/(master|control-plane|apiserver)|.*node-role\.kubernetes\.io\/(master|control-plane))$/;
const WORKER_TAG =
  /^(k8s\.io\/role\/node|.*node-role\.kubernetes\.io\/(node|worker)|eks:nodegroup-name|eks:cluster-name)$/;
const ROLE_TAG =
  /^(kubernetes\.io\/role|k8s\.io\/role|sigs\.k8s\.io\/cluster-api-provider-aws\/role|KubernetesRole)$/i;
const CONTROL_PLANE_WORD = /^(master|control-?plane|controller)$/i;
const WORKER_WORD = /^(node|worker)$/i;

const ofTags = (tags: Readonly<Record<string, string>>): Role => {
  const own = Object.entries(tags);
  const says = (key: RegExp, value: RegExp): boolean =>
    own.some(([name, text]) => ROLE_TAG.test(name) && value.test(text) && key.test(name));
  if (tags['headroom:role'] === 'control-plane' || tags['headroom:role'] === 'worker')
    return tags['headroom:role'];
  if (own.some(([name]) => CONTROL_PLANE_TAG.test(name)) || says(ROLE_TAG, CONTROL_PLANE_WORD))
    return 'control-plane';
  return own.some(([name]) => WORKER_TAG.test(name)) || says(ROLE_TAG, WORKER_WORD) ? 'worker' : 'unknown';
};

/** What a node's first boot makes of it. */
const ofUserData = (userData: Fact<string>): Role => {
  if (userData.state !== 'known') return 'unknown';
  const { value } = userData;
  if (/\/etc\/eks\/bootstrap\.(sh|ps1)|\bnodeadm\b|Start-EKSBootstrap|EKSBootstrapScript/.test(value))
    return 'worker';
  if (/\bkubeadm\s+init\b/.test(value) || /\bkubeadm\s+join\b[^\n]{0,2000}--control-plane\b/.test(value))
    return 'control-plane';
  return /\bkubeadm\s+join\b/.test(value) ? 'worker' : 'unknown';
};

/** Declared, else by tags, else by what first boot does; else nobody knows. */
export const roleOf = (
  policy: DeclaredPolicy,
  tags: Readonly<Record<string, string>>,
  userData: Fact<string>,
): Role => {
  if (policy.role !== undefined) return policy.role;
  const byTags = ofTags(tags);
  return byTags === 'unknown' ? ofUserData(userData) : byTags;
};
