import type { AgentConfiguration, AgentFacts, AlarmFacts, Facts, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { diskMetricNames, measuresPath, rootFilesystem, sameSet, sentSets } from './support/agent-series';
import { isInsightsQuery, readInsightsQuery } from './support/insights-query';
import { alarmSubject, cannotTell, finding, pass } from './support/outcomes';

/** What an alarm asks CloudWatch for. */
interface Asked {
  readonly namespace: string;
  readonly metric: string;
  /** All keys of the series; undefined: any set that has {@link keys}. */
  readonly set?: readonly string[];
  readonly keys: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

type Verdict = 'matches' | { readonly differs: string } | { readonly unknown: string };

/** Of the agent's disk plugin. Others (StatsD, Windows counters) have other dimensions. */
const isDiskPlugin = (metric: string): boolean => /^disk_(used|free|total|inodes)/.test(metric);

const setText = (set: readonly string[]): string => `(${[...set].sort().join(', ')})`;

const compare = (
  asked: Asked,
  configuration: AgentConfiguration,
  group: NodeGroupFacts | undefined,
): Verdict => {
  const { namespace, disk } = configuration;
  if (disk === undefined) return { differs: 'the agent measures no disk' };
  if (asked.namespace !== namespace)
    return { differs: `the agent sends to the namespace ${namespace}, not to ${asked.namespace}` };
  if (!diskMetricNames(disk.measurements).includes(asked.metric))
    return { differs: `the agent does not measure ${asked.metric.replace(/^disk_/, '')}` };
  const { path, fstype } = asked.values;
  if (path !== undefined && !measuresPath(disk.resources, path))
    return { differs: `the agent measures ${disk.resources.join(', ')}, not ${path}` };
  const family = group?.image.family;
  const filesystem = path === '/' && family?.state === 'known' ? rootFilesystem(family.value) : undefined;
  if (fstype !== undefined && filesystem !== undefined && fstype !== filesystem)
    return { differs: `/ of ${group?.name ?? 'its nodes'} is ${filesystem}, not ${fstype}` };
  return compareSets(asked, sentSets(configuration, group));
};

const compareSets = (asked: Asked, sent: ReturnType<typeof sentSets>): Verdict => {
  const fits = (set: readonly string[]): boolean =>
    asked.set === undefined ? asked.keys.every((key) => set.includes(key)) : sameSet(asked.set, set);
  if (sent.some((set) => set !== undefined && fits(set))) return 'matches';
  const [full = []] = sent;
  const wanted = asked.set ?? asked.keys;
  // An aggregate has some of the dimensions that are sent, and never another one.
  if (sent.includes(undefined) && wanted.every((key) => full.includes(key)))
    return { unknown: 'the agent’s aggregation_dimensions were not read' };
  return { differs: `it asks for the dimensions ${setText(wanted)}, and the agent sends ${setText(full)}` };
};

const ofMetric = ({
  namespace,
  name,
  dimensions,
}: Extract<AlarmFacts['metric'], { state: 'known' }>['value']):
  Asked | { readonly unknown: string } | undefined => {
  if (name.state === 'unknown') return { unknown: `its metric is unknown: ${name.why}` };
  if (name.state === 'absent' || !isDiskPlugin(name.value)) return undefined;
  if (namespace.state === 'unknown') return { unknown: `its namespace is unknown: ${namespace.why}` };
  if (dimensions.state === 'unknown') return { unknown: `its dimensions are unknown: ${dimensions.why}` };
  const values = dimensions.state === 'known' ? dimensions.value : {};
  const keys = Object.keys(values);
  return {
    namespace: namespace.state === 'known' ? namespace.value : '',
    metric: name.value,
    set: keys,
    keys,
    values,
  };
};

const ofQuery = (expression: string): Asked | { readonly unknown: string } | undefined => {
  const query = readInsightsQuery(expression);
  if (query === undefined) return { unknown: 'its Metrics Insights query cannot be read' };
  if (!isDiskPlugin(query.metric)) return undefined;
  const { namespace, metric, schema, keys, where } = query;
  return { namespace, metric, ...(schema !== undefined && { set: schema }), keys, values: where };
};

const askedBy = ({
  metric,
  expressions,
  metrics,
}: AlarmFacts): readonly (Asked | { readonly unknown: string })[] =>
  (metric.state === 'unknown'
    ? [{ unknown: `its metric is unknown: ${metric.why}` }]
    : [
        ...(metric.state === 'known' ? [ofMetric(metric.value)] : []),
        ...expressions.filter(isInsightsQuery).map(ofQuery),
        ...(metrics ?? []).map(ofMetric),
      ]
  ).filter((asked) => asked !== undefined);

interface Sender {
  readonly configuration: AgentConfiguration;
  readonly group: NodeGroupFacts | undefined;
}

/** Agents of the alarm's node groups; where it is unknown which agent is whose, every agent of the templates. */
const sendersFor = (
  alarm: AlarmFacts,
  { agents, nodeGroups }: Pick<Facts, 'agents' | 'nodeGroups'>,
): readonly Sender[] | { readonly unknown: string } => {
  if (agents.length === 0) return { unknown: 'no agent configuration is in the templates' };
  // By id: which of several verdicts is reported must not depend on the order of the templates.
  const groups = nodeGroups
    .filter(({ id }) => alarm.watches.state === 'known' && alarm.watches.value.includes(id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const isOf = ({ nodeGroups: users }: AgentFacts, group: NodeGroupFacts): boolean =>
    users.state === 'known' && users.value.includes(group.id);
  const senders: Sender[] = [];
  for (const group of groups.length > 0 ? groups : [undefined]) {
    const own = group === undefined ? [] : agents.filter((agent) => isOf(agent, group));
    const candidates = own.length > 0 ? own : agents;
    const unread = candidates.find(({ configuration }) => configuration.state !== 'known');
    if (unread !== undefined)
      return {
        unknown: `an agent's configuration is unknown${unread.configuration.state === 'unknown' ? `: ${unread.configuration.why}` : ''}`,
      };
    // Agents of other nodes may be these nodes' too: only a match says something.
    for (const { configuration } of candidates)
      if (configuration.state === 'known') senders.push({ configuration: configuration.value, group });
  }
  return senders;
};

/** On fixed dimensions of nodes outside the templates; a query over all instances is not. */
const isForeign = ({ watches, metric }: AlarmFacts): boolean =>
  metric.state === 'known' && watches.state === 'known' && watches.value.length === 0;

/** Group by group: a series of one is enough, an alarm over several has them all. */
const verdictOf = (alarm: AlarmFacts, asked: Asked, senders: readonly Sender[]): Verdict => {
  const verdicts = senders.map(({ configuration, group }) => compare(asked, configuration, group));
  if (verdicts.includes('matches')) return 'matches';
  const open = verdicts.find((verdict) => typeof verdict === 'object' && 'unknown' in verdict);
  const differs = verdicts.find((verdict) => typeof verdict === 'object' && 'differs' in verdict);
  if (open !== undefined) return open;
  if (differs === undefined) return { unknown: 'no agent is known for the nodes that it watches' };
  if (isForeign(alarm) && typeof differs === 'object' && 'differs' in differs)
    return {
      unknown: `it watches no node of the templates, and none of their agents sends this: ${differs.differs}`,
    };
  return differs;
};

/** One Ubuntu instance, its agent, and an alarm that asks for these dimensions besides InstanceId. */
const alarm = (dimensions: string): string => yaml`
  Resources:
    Node1:
      Type: AWS::EC2::Instance
      Properties:
        ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
    Agent:
      Type: AWS::SSM::Parameter
      Properties:
        Name: AmazonCloudWatch-nodes
        Type: String
        Value: >-
          { "metrics": { "append_dimensions": { "InstanceId": "\${aws:InstanceId}" }, "metrics_collected": {
            "disk": { "measurement": ["used_percent"], "resources": ["/"], "drop_device": true } } } }
    DiskWarning:
      Type: AWS::CloudWatch::Alarm
      Properties:
        Namespace: CWAgent
        MetricName: disk_used_percent
        Dimensions: [{ Name: InstanceId, Value: !Ref Node1 }, ${dimensions}]
        Statistic: Maximum
        Period: 60
        EvaluationPeriods: 1
        Threshold: 80
        ComparisonOperator: GreaterThanOrEqualToThreshold
`;

export const alarmNeverMatches = defineRule({
  id: 'alarm-never-matches',
  severity: 'error',
  title: 'Alarm on a series that is never sent',
  needs: ['alarms', 'agents', 'nodeGroups'],
  what: [
    'Namespace, metric, mount point, filesystem and the exact set of dimensions that each disk alarm asks for, against what the CloudWatch agent of its nodes sends.',
    'It looks at alarms on a metric of the agent’s disk plugin, alone, in metric maths or in a Metrics Insights query. The filesystem is ext4 on Ubuntu and Debian and xfs on Amazon Linux. The agent sends `path`, `fstype`, `device` (unless `drop_device` is true), every one of `append_dimensions` (`AutoScalingGroupName` only from instances in a group; without any, `host`), and each set of `aggregation_dimensions`. A query with a SCHEMA must name exactly such a set; one without must use only names in it. Without an agent configuration in the templates it cannot tell.',
  ],
  why: [
    'CloudWatch matches dimension sets exactly: one name more or less, or xfs for ext4, is another series, an empty one. The alarm stays in INSUFFICIENT_DATA, which looks like a new alarm, and never rings.',
  ],
  fix: [
    'Give the alarm the dimensions that the agent sends: path, fstype, device (unless drop_device is true) and every one of append_dimensions.',
    'Derive agent and alarms from one place in code. Set `drop_device` to true: device names change across reboots.',
  ],
  acceptable: 'the series comes from another agent, seen in the console on 2026-11-20',
  examples: [
    {
      fails: alarm('{ Name: path, Value: / }'),
      passes: alarm('{ Name: fstype, Value: ext4 }, { Name: path, Value: / }'),
    },
  ],
  check: ({ head }) =>
    head.alarms.flatMap((alarm): Outcome[] => {
      const asked = askedBy(alarm);
      if (asked.length === 0) return [];
      const subject = alarmSubject(alarm);
      const senders = sendersFor(alarm, head);
      const verdicts = asked.map((one): Verdict => {
        if ('unknown' in one) return one;
        return 'unknown' in senders ? senders : verdictOf(alarm, one, senders);
      });
      const differs = verdicts.find((verdict) => typeof verdict === 'object' && 'differs' in verdict);
      if (typeof differs === 'object' && 'differs' in differs)
        return [finding(subject, `${subject.name} can never ring: ${differs.differs}.`)];
      const open = verdicts.find((verdict) => typeof verdict === 'object');
      if (typeof open === 'object' && 'unknown' in open) return [cannotTell(subject, open.unknown)];
      return [pass(subject)];
    }),
});
