import type { AgentConfiguration, AgentFacts, Facts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { diskMetricNames, measuresPath } from './support/agent-series';
import { cannotTell, finding, pass, placeSubject } from './support/outcomes';

/** What it lacks; undefined: nothing. */
const lack = ({ disk }: AgentConfiguration): string | undefined => {
  if (disk === undefined) return 'has no disk section';
  if (!diskMetricNames(disk.measurements).includes('disk_used_percent'))
    return 'does not measure used_percent';
  return measuresPath(disk.resources, '/') ? undefined : `measures ${disk.resources.join(', ')} and not /`;
};

const groupsOf = ({ nodeGroups }: AgentFacts): readonly string[] | undefined =>
  nodeGroups.state === 'known' && nodeGroups.value.length > 0 ? nodeGroups.value : undefined;

/** A node may run several configurations, one for logs and one for metrics. */
const otherMeasures = (agent: AgentFacts, { agents }: Pick<Facts, 'agents'>): 'yes' | 'no' | 'perhaps' => {
  const others = agents.filter(
    (other) =>
      other !== agent &&
      (other.configuration.state !== 'known' || lack(other.configuration.value) === undefined),
  );
  const own = groupsOf(agent);
  const reaches = others.map((other) => {
    const theirs = groupsOf(other);
    if (own === undefined || theirs === undefined) return 'perhaps';
    if (!own.every((group) => theirs.includes(group))) return 'no';
    return other.configuration.state === 'known' ? 'yes' : 'perhaps';
  });
  return (['yes', 'perhaps'] as const).find((reach) => reaches.includes(reach)) ?? 'no';
};

/** Windows has no /, and other counters. */
const onlyWindows = (agent: AgentFacts, { nodeGroups }: Pick<Facts, 'nodeGroups'>): boolean => {
  const own = groupsOf(agent)?.map((id) => nodeGroups.find((group) => group.id === id)?.image.family);
  return own !== undefined && own.every((family) => family?.state === 'known' && family.value === 'windows');
};

/** An agent configuration of one node, with these sections of `metrics_collected`. */
const agent = (collected: string): string => yaml`
  Resources:
    Agent:
      Type: AWS::SSM::Parameter
      Properties:
        Name: AmazonCloudWatch-nodes
        Type: String
        Value: >-
          { "metrics": { "append_dimensions": { "InstanceId": "\${aws:InstanceId}" },
            "metrics_collected": { ${collected} } } }
`;

export const agentWithoutDiskMetrics = defineRule({
  id: 'agent-without-disk-metrics',
  severity: 'error',
  title: 'CloudWatch agent measures no root disk',
  needs: ['agents', 'nodeGroups'],
  what: [
    'Whether each CloudWatch agent configuration measures used_percent of /.',
    'A configuration that measures `*` does, too. A configuration for logs passes beside another one of the same nodes that measures the disk. Counters of Windows are not read.',
  ],
  why: [
    'Neither EC2 nor EBS knows how full a filesystem is. Without the agent’s measurement every disk alarm is useless.',
  ],
  fix: [
    'Add "disk": {"measurement": ["used_percent"], "resources": ["/"], "drop_device": true} to metrics.metrics_collected.',
  ],
  acceptable: 'a configuration for a host that is not a node',
  examples: [
    {
      fails: agent('"mem": { "measurement": ["used_percent"] }'),
      passes: agent('"disk": { "measurement": ["used_percent"], "resources": ["/"], "drop_device": true }'),
    },
  ],
  check: ({ head }) =>
    head.agents.map((agent): Outcome => {
      const subject = placeSubject(agent.place, agent.name);
      const { configuration } = agent;
      if (configuration.state !== 'known')
        return cannotTell(
          subject,
          `its configuration is unknown${configuration.state === 'unknown' ? `: ${configuration.why}` : ''}`,
        );
      const what = lack(configuration.value);
      if (what === undefined) return pass(subject);
      if (onlyWindows(agent, head)) return cannotTell(subject, 'counters of Windows are not read');
      const other = otherMeasures(agent, head);
      if (other === 'yes') return pass(subject);
      if (other === 'perhaps')
        return cannotTell(
          subject,
          `it ${what}; another configuration may do so, and which nodes use them is unknown`,
        );
      return finding(subject, `The agent configuration ${subject.name} ${what}.`);
    }),
});
