import { awsCommand } from '../messages/aws-command';
import { documentName } from '../names/naming';
import type { AttributedFinding, ClusterFactsResult, DiagnoseResult, Finding } from './operate-figures';
import type { Target } from './operate-target';
import type { ScriptReading } from '../node/run-command-output';

/** A healing of the node that began lately. */
export interface RecentHealing {
  readonly executionId: string;
  readonly status: string;
  /** ISO time; '' when unknown. */
  readonly startedAt: string;
}

export interface DiagnosisFacts {
  readonly environmentName: string;
  /** For commands; undefined or '': unknown. */
  readonly region?: string | undefined;
  readonly target: Target;
  /** What the node said of itself. */
  readonly inspected: ScriptReading<DiagnoseResult>;
  /** What the cluster said of it. */
  readonly cluster: ScriptReading<ClusterFactsResult>;
  /** Newest first. */
  readonly healings: readonly RecentHealing[];
}

export interface Diagnosis {
  readonly instanceId: string;
  /** The likely cause first. */
  readonly findings: readonly AttributedFinding[];
  /** The same as text: scope, facts, recent changes, findings. At most 2,000 characters, since Automation cuts longer ones. */
  readonly text: string;
}

const MAX_TEXT = 2_000;

/**
 * Puts together what EC2, the node and the cluster say. What stands outside the node comes first: a stopped instance
 * explains everything else. Never throws.
 */
export const diagnose = (facts: DiagnosisFacts): Diagnosis => {
  const findings = [
    ...outside(facts).map(byHeadroom),
    ...inside(facts),
    ...clusterFindings(facts).map(byHeadroom),
  ];
  const { target } = facts;
  const text = [
    ...scope(facts),
    ...recent(facts),
    findings.length === 0
      ? 'FINDINGS: none; no check found a problem with this node'
      : 'FINDINGS, the most likely cause first',
    ...findings.flatMap(({ name, evidence, next, saidBy }) => [
      `- ${name}`,
      `  evidence: ${evidence}`,
      `  ${saidBy === 'node' ? 'the node suggests' : 'next'}: ${next}`,
    ]),
  ].join('\n');
  return { instanceId: target.instanceId, findings, text: shortened(text) };
};

const byHeadroom = (finding: Finding): AttributedFinding => ({ ...finding, saidBy: 'headroom' });

const outside = ({ target, environmentName, region }: DiagnosisFacts): Finding[] => {
  const { instanceId, state, online } = target;
  if (state !== 'running') {
    return [
      {
        name: 'instance-not-running',
        evidence: `EC2 says ${state}`,
        next: awsCommand(`ec2 start-instances --instance-ids ${instanceId}`, region),
      },
    ];
  }
  if (online) return [];
  return [
    {
      name: 'agent-offline',
      evidence: 'its SSM agent is offline; a full disk can cause this',
      next: awsCommand(
        `ssm start-automation-execution --document-name ${documentName(environmentName, 'HealNode')} --parameters InstanceId=${instanceId}`,
        region,
      ),
    },
  ];
};

const inside = ({ inspected, target, region }: DiagnosisFacts): AttributedFinding[] => {
  if (inspected.ok) return inspected.value.findings.map((finding) => ({ ...finding, saidBy: 'node' }));
  if (!target.online || target.state !== 'running') return [];
  return [
    {
      name: 'not-inspected',
      evidence: inspected.why,
      next: awsCommand(`ssm start-session --target ${target.instanceId}`, region),
      saidBy: 'headroom',
    },
  ];
};

const clusterFindings = ({ cluster, inspected, target }: DiagnosisFacts): Finding[] => {
  if (!cluster.ok) {
    // The node said so itself, if it is of the control plane.
    if (inspected.ok && inspected.value.findings.some(({ name }) => name.startsWith('api-'))) return [];
    return [
      {
        name: 'cluster-silent',
        evidence: cluster.why,
        next: target.helperInstanceId
          ? `start DiagnoseNode on ${target.helperInstanceId}`
          : 'start DiagnoseNode on a control-plane node',
      },
    ];
  }
  const { node, conditions } = cluster.value;
  const known = inspected.ok ? inspected.value.findings.map(({ name }) => name) : [];
  if (node === null) {
    return known.includes('join-failed')
      ? []
      : [
          {
            name: 'not-in-the-cluster',
            evidence: `none of ${cluster.value.nodes} nodes has this instance in its providerID`,
            next: 'kubectl get nodes --output custom-columns=NAME:.metadata.name,ID:.spec.providerID',
          },
        ];
  }
  const says = (name: string, found: boolean, evidence: string): Finding[] =>
    found && !known.includes(name) ? [{ name, evidence, next: `kubectl describe node ${node.name}` }] : [];
  const pressure = conditions.find((text) => text.startsWith('DiskPressure is True'));
  return [
    ...says('disk-pressure', pressure !== undefined, pressure ?? ''),
    ...says('not-ready', !node.ready, conditions[0] ?? `${node.name} is not Ready`),
    ...says(
      'cordoned',
      node.cordoned,
      `${node.name} takes no new pods: an operator or a runbook cordoned it`,
    ),
  ];
};

const scope = ({ target, inspected, cluster, environmentName }: DiagnosisFacts): string[] => [
  `SCOPE: ${target.instanceId}, ${target.role} of ${environmentName}, EC2: ${target.state}, agent: ${target.online ? 'answers' : 'silent'}`,
  ...(inspected.ok ? [`  node ${inspected.value.node}`] : []),
  ...(cluster.ok
    ? [
        `  API server ${cluster.value.apiServerVersion}, kubelet ${cluster.value.node?.version ?? 'not in the cluster'}, control plane: ` +
          `${cluster.value.members.filter(({ ready, unwell }) => ready && unwell === '').length} of ${cluster.value.members.length} well`,
      ]
    : []),
];

const recent = ({ inspected, healings }: DiagnosisFacts): string[] => {
  const lines = [
    ...(inspected.ok ? inspected.value.recent : []),
    ...healings
      .slice(0, 3)
      .map(({ executionId, status, startedAt }) => `HealNode ${startedAt} ${status} ${executionId}`),
  ];
  return lines.length === 0
    ? ['RECENT CHANGES: none seen']
    : ['RECENT CHANGES', ...lines.map((line) => `  ${line}`)];
};

const shortened = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 4)}\n...`;
