import { TAGS } from '../../domain/names/naming';
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
  const tagged = tags[TAGS.role];
  if (tagged === 'control-plane' || tagged === 'worker') return tagged;
  if (own.some(([name]) => CONTROL_PLANE_TAG.test(name)) || says(ROLE_TAG, CONTROL_PLANE_WORD))
    return 'control-plane';
  return own.some(([name]) => WORKER_TAG.test(name)) || says(ROLE_TAG, WORKER_WORD) ? 'worker' : 'unknown';
};

/** Without comments, and with the lines together that a backslash parts. */
const commands = (script: string): string => script.replace(/\\\r?\n\s*/g, ' ').replace(/^[ \t]*#.*$/gm, '');

/** kops writes its instance group into user data. */
const NODE_OF_KOPS = /^\s*InstanceGroupRole:\s*"?(Master|ControlPlane|APIServer|Node)\b/im;

/** What a node's first boot makes of it. */
const ofUserData = (userData: Fact<string>): Role => {
  if (userData.state !== 'known') return 'unknown';
  const value = commands(userData.value);
  if (NODE_OF_KOPS.test(value))
    return /InstanceGroupRole:\s*"?Node/i.test(value) ? 'worker' : 'control-plane';
  if (
    /\/etc\/eks\/bootstrap\.(sh|ps1)|\bnodeadm\b|\bnode\.eks\.aws\/|^\s*\[settings\.kubernetes\]|Start-EKSBootstrap|EKSBootstrapScript/m.test(
      value,
    )
  )
    return 'worker';
  if (
    /\bkubeadm\s+init\b/.test(value) ||
    /\bkubeadm\s+join\b[^\n]{0,2000}--(experimental-)?control-plane\b/.test(value) ||
    /^kind:\s*["']?JoinConfiguration\b(?:(?!^---).)*^controlPlane:/ms.test(value)
  )
    return 'control-plane';
  if (/\bkubeadm\s+join\b/.test(value)) return 'worker';
  const labels = /--(?:node-labels|register-with-taints)[= ]["']?([^\s"']{1,2000})/.exec(value)?.[1] ?? '';
  if (/node-role\.kubernetes\.io\/(master|control-plane)\b/.test(labels)) return 'control-plane';
  return /node-role\.kubernetes\.io\/(node|worker)\b/.test(labels) ? 'worker' : 'unknown';
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
