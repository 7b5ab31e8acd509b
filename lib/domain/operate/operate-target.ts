import type { NodeRole } from '../names/naming';

/** What a runbook is about to do with a node. */
export const PURPOSES = ['diagnose', 'drain', 'uncordon', 'upgrade', 'replace', 'retire'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A node as EC2 and Systems Manager know it. */
export interface OperatedNode {
  readonly instanceId: string;
  /** Value of the environment's tag; '' when it has none. */
  readonly environment: string;
  /** Value of the role's tag; '' when it has none. */
  readonly role: string;
  /** Inside the network; '' when EC2 does not say. */
  readonly address: string;
  /** EC2's own word, e.g. `running`. */
  readonly state: string;
  /** '' when it is in none. */
  readonly autoScalingGroupName: string;
  /** Whether its agent takes commands. */
  readonly online: boolean;
  /** What keeps Headroom from working on it at all, e.g. `it runs Windows`; undefined: nothing. */
  readonly unsupported?: string;
}

export interface TargetFacts {
  readonly purpose: Purpose;
  readonly instanceId: string;
  readonly environmentName: string;
  /** undefined: EC2 does not know the instance, or no longer. */
  readonly node: OperatedNode | undefined;
  /** The environment's control-plane nodes that run, this one perhaps among them. */
  readonly controlPlane: readonly OperatedNode[];
  /** What is under way on the environment's nodes, e.g. `HealNode on i-…`, this execution left out. */
  readonly underWay: readonly { readonly document: string; readonly instanceId: string }[];
}

export interface Target {
  readonly instanceId: string;
  readonly role: NodeRole | 'unknown';
  readonly state: string;
  /** `none` when unknown: the value that the node scripts know. */
  readonly nodeAddress: string;
  /** A control-plane node that runs commands, another one than the target where there is one; '' when there is none. */
  readonly helperInstanceId: string;
  readonly autoScalingGroupName: string;
  /** Whether the node itself runs commands. */
  readonly online: boolean;
  /** For retire: whether there is anything to drain, anything to do at all. */
  readonly retire: 'drain' | 'remove' | 'nothing';
}

export type TargetChoice =
  { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly why: string };

/** Runbooks that take a node out of service for a while; one of them at a time. */
export const DISRUPTIVE_DOCUMENTS = ['HealNode', 'UpgradeNode', 'ReplaceWorker'] as const;

/**
 * Whether a runbook may begin on a node, and through which control-plane node it speaks to the cluster. Never throws.
 * `retire` starts from events: an event that is not its concern is not refused but gets `nothing`.
 */
export const chooseTarget = (facts: TargetFacts): TargetChoice => {
  const { purpose, node, instanceId, environmentName } = facts;
  const helper = helperFor(facts);
  const target: Target = {
    instanceId,
    role: node?.role === 'control-plane' || node?.role === 'worker' ? node.role : 'unknown',
    state: node?.state ?? 'gone',
    nodeAddress: node?.address || 'none',
    helperInstanceId: helper?.instanceId ?? '',
    autoScalingGroupName: node?.autoScalingGroupName ?? '',
    online: node?.online ?? false,
    retire: 'nothing',
  };
  if (purpose === 'retire') {
    const retire = retirement(facts);
    return retire === 'nothing' || helper !== undefined
      ? { ok: true, target: { ...target, retire } }
      : { ok: false, why: `no control-plane node of ${environmentName} runs commands` };
  }
  const why = refusal(facts, target);
  if (why !== undefined) return { ok: false, why: `${instanceId}: ${why}` };
  if (purpose !== 'diagnose' && helper === undefined) {
    return {
      ok: false,
      why: `no control-plane node of ${environmentName} runs commands: start DiagnoseNode on one of them`,
    };
  }
  return { ok: true, target };
};

const helperFor = ({ controlPlane, instanceId }: TargetFacts): OperatedNode | undefined => {
  const able = controlPlane.filter(({ state, online }) => state === 'running' && online);
  return able.find((member) => member.instanceId !== instanceId) ?? able[0];
};

const refusal = (facts: TargetFacts, { role }: Target): string | undefined => {
  const { purpose, node, environmentName, underWay, instanceId, controlPlane } = facts;
  if (node === undefined) return 'EC2 does not know this instance';
  if (node.environment !== environmentName) {
    return `it is not a node of ${environmentName} (its tag headroom:environment is ${node.environment ? `"${node.environment}"` : 'missing'})`;
  }
  if (node.unsupported !== undefined) return node.unsupported;
  if (purpose === 'diagnose') return undefined;
  if (role === 'unknown') return 'it has no tag headroom:role';
  if (purpose === 'uncordon' || purpose === 'drain') return undefined;
  if (node.state !== 'running') return `it is ${node.state}`;
  if (purpose === 'replace' && role === 'control-plane')
    return 'it is a control-plane node: replacing it removes a member of etcd, see docs/operate.md';
  if (purpose === 'replace' && node.autoScalingGroupName === '') return 'it is not in an Auto Scaling group';
  if (purpose === 'upgrade' && !node.online)
    return 'its SSM agent does not take commands: start DiagnoseNode on it';
  const [busy] = underWay.filter(
    ({ document, instanceId: other }) => document === 'UpgradeNode' || other === instanceId,
  );
  if (busy !== undefined) return `${busy.document} is under way on ${busy.instanceId}: one node at a time`;
  if (purpose !== 'upgrade' || role !== 'control-plane') return undefined;
  const silent = controlPlane.filter(({ online, state }) => !online || state !== 'running');
  const healing = underWay.find(({ instanceId: other }) =>
    controlPlane.some((member) => member.instanceId === other),
  );
  if (silent[0] !== undefined) return `control-plane node ${silent[0].instanceId} does not take commands`;
  return healing === undefined ? undefined : `${healing.document} is under way on ${healing.instanceId}`;
};

const retirement = ({ node, environmentName }: TargetFacts): Target['retire'] => {
  // EC2 forgets a terminated instance, and its tags before that. A node of this cluster that names it is left over.
  if (node === undefined || (node.environment === '' && node.state === 'terminated')) return 'remove';
  if (node.environment !== environmentName || node.role !== 'worker') return 'nothing';
  return ['running', 'shutting-down', 'stopping'].includes(node.state) && node.online ? 'drain' : 'remove';
};
