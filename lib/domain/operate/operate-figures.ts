import type { ScriptResult } from '../node/node-figures';

/** What the operate room's scripts print. */

export interface Finding {
  /** e.g. `swap-on`; each has a section in docs/operate.md. */
  readonly name: string;
  /** Figures, or a log line. */
  readonly evidence: string;
  /** What to type next. */
  readonly next: string;
}

/** A finding in a diagnosis, and whose word it is. */
export interface AttributedFinding extends Finding {
  /** `node`: evidence and next come from the node itself, and a compromised node can say anything. */
  readonly saidBy: 'node' | 'headroom';
}

export interface DiagnoseResult extends ScriptResult {
  readonly script: 'diagnose-node';
  readonly role: 'control-plane' | 'worker' | 'unknown';
  /** The kubelet's name for its node. */
  readonly node: string;
  /** The likely cause first. */
  readonly findings: readonly Finding[];
  /** How many more findings there are. */
  readonly more: number;
  /** What changed lately, oldest first, e.g. `package 2026-11-21T03:00:00 upgrade containerd 2.1.0`. */
  readonly recent: readonly string[];
}

export interface ClusterMember {
  readonly name: string;
  /** The kubelet's, e.g. `1.36.3`. */
  readonly version: string;
  readonly ready: boolean;
  /** Components of the control plane without a Ready pod on it, with spaces; '' when all are well. */
  readonly unwell: string;
}

export interface ClusterFactsResult extends ScriptResult {
  readonly script: 'cluster-facts';
  readonly apiServerVersion: string;
  /** What kubeadm last upgraded the cluster to; '' when it does not say. */
  readonly clusterVersion: string;
  readonly nodes: number;
  /** The node that was asked about; null: the cluster has none of that instance. */
  readonly node:
    | (Pick<ClusterMember, 'name' | 'version' | 'ready'> & {
        readonly cordoned: boolean;
        readonly controlPlane: boolean;
      })
    | null;
  readonly members: readonly ClusterMember[];
  /** Conditions of the node that are not as they should be, in words. */
  readonly conditions: readonly string[];
}

export interface UpgradeResult extends ScriptResult {
  readonly script: 'upgrade-node';
  /** '' when the kubelet reports no version. */
  readonly from: string;
  readonly to: string;
  readonly mode: 'apply' | 'node';
  /** [name, ok, seconds], as far as it came. */
  readonly steps: readonly (readonly [string, boolean, number])[];
  /** What to type next, when it failed. */
  readonly next?: string;
}
