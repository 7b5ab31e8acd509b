import {
  absent,
  known,
  type AgentConfiguration,
  type AgentFacts,
  type AlarmFacts,
  type BlockDevice,
  type EventRuleFacts,
  type Fact,
  type Facts,
  type ImageFamily,
  type NodeGroupFacts,
  type Place,
  type TopicFacts,
} from '../../../lib/audit/facts';
import type { Audited, Outcome, Rule } from '../../../lib/audit/rule';

/** Any time; rules take it as given. */
export const NOW_MS = Date.parse('2026-11-21T12:00:00Z');

export const place = (logicalId: string, more: Partial<Place> = {}): Place => ({
  file: 'prod.template.json',
  stackName: 'prod',
  logicalId,
  resourceType: 'AWS::AutoScaling::AutoScalingGroup',
  line: 7,
  ...more,
});

export const device = (more: Partial<BlockDevice> = {}): BlockDevice => ({
  deviceName: known('/dev/sda1'),
  sizeGiB: known(128),
  volumeType: known('gp3'),
  iops: absent,
  throughputMiBps: absent,
  encrypted: known(true),
  snapshotId: absent,
  ebs: true,
  ...more,
});

type GroupOptions = Partial<Omit<NodeGroupFacts, 'image'>> & {
  readonly family?: Fact<ImageFamily>;
  /** Of root. */
  readonly root?: Partial<BlockDevice>;
};

/** A healthy worker group on Ubuntu. */
export const nodeGroup = ({ family, root, ...more }: GroupOptions = {}): NodeGroupFacts => {
  const volume = device(root);
  const name = more.name ?? 'general';
  return {
    id: `prod/${name}`,
    name,
    kind: 'auto-scaling-group',
    place: place(name),
    role: 'worker',
    nodes: { min: known(1), desired: absent, max: known(3) },
    instances: [],
    instanceTypes: known(['m7g.large']),
    image: { family: family ?? known('ubuntu'), id: absent },
    blockDevices: known([volume]),
    rootVolume: known(volume),
    imdsV2Required: known(true),
    userData: absent,
    policy: {},
    tags: {},
    region: known('eu-central-1'),
    ...more,
  };
};

/** Three single instances. */
export const controlPlane = (more: GroupOptions = {}): NodeGroupFacts =>
  nodeGroup({
    name: 'control-plane',
    kind: 'instance',
    role: 'control-plane',
    nodes: { min: known(3), desired: known(3), max: known(3) },
    instances: ['Node1', 'Node2', 'Node3'].map((id) => ({
      place: place(id, { resourceType: 'AWS::EC2::Instance' }),
      replacing: { LaunchTemplate: '{"version":"1"}', ImageId: 'ami-1' },
    })),
    ...more,
  });

export const DECLARED_IN = { file: 'environments/prod.yaml', path: 'workerGroups.general' } as const;

/** What our agent sends of a single instance. */
export const DISK_DIMENSIONS = { InstanceId: 'ref:Node1', fstype: 'ext4', path: '/' } as const;

type MetricFacts = Extract<AlarmFacts['metric'], { state: 'known' }>['value'];

export const metric = (more: Partial<MetricFacts> = {}): Fact<MetricFacts> =>
  known({
    namespace: known('CWAgent'),
    name: known('disk_used_percent'),
    dimensions: known(DISK_DIMENSIONS),
    ...more,
  });

/** A disk alarm at 80 % on fixed dimensions, which tells a topic. */
export const alarm = (more: Partial<AlarmFacts> = {}): AlarmFacts => ({
  place: place('DiskWarning', { resourceType: 'AWS::CloudWatch::Alarm' }),
  name: known('prod-general-disk-warning'),
  metric: metric(),
  expressions: [],
  statistic: known('Maximum'),
  threshold: known(80),
  comparison: known('GreaterThanOrEqualToThreshold'),
  periodSeconds: known(60),
  evaluationPeriods: known(1),
  treatMissingData: absent,
  actionsEnabled: absent,
  alarmActions: known(['ref:Topic']),
  watches: known(['prod/general']),
  ...more,
});

export const silenceAlarm = (more: Partial<AlarmFacts> = {}): AlarmFacts =>
  alarm({
    place: place('Silent', { resourceType: 'AWS::CloudWatch::Alarm' }),
    name: known('prod-general-silent'),
    statistic: known('SampleCount'),
    threshold: known(1),
    comparison: known('LessThanThreshold'),
    treatMissingData: known('breaching'),
    ...more,
  });

export const QUERY =
  'SELECT MAX(disk_used_percent) FROM SCHEMA("CWAgent", AutoScalingGroupName, InstanceId, fstype, path) ' +
  "WHERE AutoScalingGroupName = 'general' AND path = '/' GROUP BY InstanceId ORDER BY MAX() DESC";

/** A Metrics Insights alarm over a group. */
export const queryAlarm = (expression = QUERY, more: Partial<AlarmFacts> = {}): AlarmFacts =>
  alarm({ metric: absent, expressions: [expression], metrics: [], ...more });

export const configuration = (
  more: Partial<AgentConfiguration> = {},
  disk: Partial<AgentConfiguration['disk']> = {},
): AgentConfiguration => ({
  namespace: 'CWAgent',
  appendDimensions: ['AutoScalingGroupName', 'InstanceId'],
  aggregationDimensions: [['AutoScalingGroupName']],
  disk: {
    measurements: ['used_percent'],
    resources: ['/'],
    dropDevice: true,
    intervalSeconds: 60,
    appendDimensions: [],
    ...disk,
  },
  ...more,
});

export const agent = (more: Partial<AgentFacts> = {}): AgentFacts => ({
  place: place('Agent', { resourceType: 'AWS::SSM::Parameter' }),
  name: known('/prod/agent'),
  nodeGroups: known(['prod/general']),
  configuration: known(configuration()),
  ...more,
});

export const eventRule = (more: Partial<EventRuleFacts> = {}): EventRuleFacts => ({
  place: place('Rule', { resourceType: 'AWS::Events::Rule' }),
  enabled: absent,
  alarmNames: known([{ kind: 'prefix', text: 'prod-general-' }]),
  targets: known(1),
  ...more,
});

export const topic = (more: Partial<TopicFacts> = {}): TopicFacts => ({
  place: place('Topic', { resourceType: 'AWS::SNS::Topic' }),
  subscriptions: known(['email']),
  ...more,
});

export const facts = (more: Partial<Facts> = {}): Facts => ({
  stacks: [],
  nodeGroups: [],
  volumes: [],
  alarms: [],
  agents: [],
  eventRules: [],
  topics: [],
  suppressions: [],
  unreadable: [],
  ...more,
});

/** A rule that is none of ours. */
export const testRule = (declared: Pick<Rule, 'id' | 'check'> & Partial<Rule>): Rule => ({
  severity: 'error',
  title: 'Too small',
  needs: ['nodeGroups'],
  what: ['Sizes.'],
  why: ['Fills.'],
  fix: ['Grow it.'],
  examples: [{ fails: '', passes: '' }],
  ...declared,
});

export const check = (rule: Rule, head: Partial<Facts>, more: Partial<Audited> = {}): readonly Outcome[] =>
  rule.check({ head: facts(head), ...more });

/** Every outcome in a word or two, for tables: e.g. `finding error, pass`, or `nothing`. */
export const verdict = (rule: Rule, head: Partial<Facts>, more: Partial<Audited> = {}): string =>
  check(rule, head, more)
    .map((outcome) =>
      outcome.kind === 'finding' ? `finding ${outcome.severity ?? rule.severity}` : outcome.kind,
    )
    .join(', ') || 'nothing';

/** The only finding. */
export const onlyFinding = (
  rule: Rule,
  head: Partial<Facts>,
  more: Partial<Audited> = {},
): Extract<Outcome, { kind: 'finding' }> => {
  const found = check(rule, head, more);
  const [first] = found;
  if (found.length !== 1 || first?.kind !== 'finding')
    throw new Error(`not one finding: ${JSON.stringify(found)}`);
  return first;
};
