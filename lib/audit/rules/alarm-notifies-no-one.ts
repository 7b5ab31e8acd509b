import type { AlarmFacts, EventRuleFacts, Fact, Facts, TopicFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { alarmKind } from './support/alarms';
import { alarmSubject, cannotTell, finding, listed, pass } from './support/outcomes';

type Reach = 'yes' | 'no' | { readonly why: string };

/** Alarms on disks and silence. Other alarms, on load or status checks, are not this audit's. */
const isLookedAt = (alarm: AlarmFacts): boolean => alarmKind(alarm) !== 'other';

/** EC2's own actions (recover, reboot, stop, terminate) and scaling: they do something, and notify no one. */
const NOTIFIES_NO_ONE =
  /^arn:[^:]*:(?:automate:|swf:.*:action\/actions\/AWS_EC2\.|autoscaling:.*:scalingPolicy:)/;

/** CloudFormation makes a name of stack and logical id; what follows them is unknown before. */
const nameStart = ({ name, place }: AlarmFacts): Fact<string> =>
  name.state === 'absent' ? { state: 'known', value: `${place.stackName}-${place.logicalId}` } : name;

const nameMatches = (
  alarm: AlarmFacts,
  pattern: { readonly kind: 'exact' | 'prefix'; readonly text: string },
): boolean => {
  const start = nameStart(alarm);
  if (start.state !== 'known') return false;
  if (pattern.kind === 'prefix') return start.value.startsWith(pattern.text);
  return alarm.name.state === 'known' && start.value === pattern.text;
};

const ruleHears = (alarm: AlarmFacts, { enabled, alarmNames, targets }: EventRuleFacts): Reach => {
  if (enabled.state === 'known' && !enabled.value) return 'no';
  if (targets.state === 'absent' || (targets.state === 'known' && targets.value < 1)) return 'no';
  if (alarmNames.state === 'known') {
    if (alarm.name.state === 'unknown') return { why: `its name is unknown: ${alarm.name.why}` };
    if (!alarmNames.value.some((pattern) => nameMatches(alarm, pattern))) return 'no';
  }
  const open = [enabled, alarmNames, targets].find((fact) => fact.state === 'unknown');
  return open?.state === 'unknown'
    ? { why: `an event rule that may hear it cannot be read: ${open.why}` }
    : 'yes';
};

/** A topic of the templates without a subscription notifies no one. */
const actionHears = (action: string, alarm: AlarmFacts, topics: readonly TopicFacts[]): Reach => {
  const named = topics.filter(({ place }) => action === `ref:${place.logicalId}`);
  const near = named.filter(({ place }) => place.stackName === alarm.place.stackName);
  const candidates = near.length > 0 ? near : named;
  // Not a topic of the templates: another account's, or a function. It is named on purpose.
  if (candidates.length === 0) return NOTIFIES_NO_ONE.test(action) ? 'no' : 'yes';
  return any(
    candidates.map(({ subscriptions }): Reach => {
      if (subscriptions.state === 'unknown')
        return { why: `its topic's subscriptions are unknown: ${subscriptions.why}` };
      return subscriptions.state === 'known' && subscriptions.value.length > 0 ? 'yes' : 'no';
    }),
  );
};

const any = (reaches: readonly Reach[]): Reach =>
  reaches.find((reach) => reach === 'yes') ?? reaches.find((reach) => reach !== 'no') ?? 'no';

const actionsReach = (alarm: AlarmFacts, { topics }: Pick<Facts, 'topics'>): Reach => {
  const { actionsEnabled, alarmActions } = alarm;
  if (actionsEnabled.state === 'known' && !actionsEnabled.value) return 'no';
  if (alarmActions.state === 'unknown') return { why: `its actions are unknown: ${alarmActions.why}` };
  if (alarmActions.state === 'absent') return 'no';
  const reach = any(alarmActions.value.map((action) => actionHears(action, alarm, topics)));
  return reach === 'yes' && actionsEnabled.state === 'unknown'
    ? { why: `whether its actions are enabled is unknown: ${actionsEnabled.why}` }
    : reach;
};

const silent = (alarm: AlarmFacts): string => {
  const { actionsEnabled, alarmActions } = alarm;
  if (actionsEnabled.state === 'known' && !actionsEnabled.value) return 'its actions are disabled';
  if (alarmActions.state !== 'known' || alarmActions.value.length === 0) return 'it has no ALARM action';
  const topics = alarmActions.value.filter((action) => !NOTIFIES_NO_ONE.test(action));
  return topics.length > 0
    ? `${listed(topics.map((action) => action.replace(/^ref:/, '')))} ${topics.length === 1 ? 'has' : 'have'} no subscription`
    : 'its actions do something and notify no one';
};

/** A disk alarm with a topic that has these subscriptions. */
const topic = (subscriptions: string): string => yaml`
  Resources:
    DiskCritical:
      Type: AWS::CloudWatch::Alarm
      Properties:
        Namespace: CWAgent
        MetricName: disk_used_percent
        Dimensions: [{ Name: InstanceId, Value: i-0123456789abcdef0 }, { Name: path, Value: / }]
        Statistic: Maximum
        Period: 60
        EvaluationPeriods: 1
        Threshold: 90
        ComparisonOperator: GreaterThanOrEqualToThreshold
        AlarmActions: [!Ref OnCall]
    OnCall:
      Type: AWS::SNS::Topic
      Properties:
        Subscription: [${subscriptions}]
`;

export const alarmNotifiesNoOne = defineRule({
  id: 'alarm-notifies-no-one',
  severity: 'error',
  title: 'Alarm notifies no one',
  needs: ['alarms', 'topics', 'eventRules'],
  what: [
    'Whether each alarm on disks and silence has an enabled ALARM action that reaches someone, or an enabled EventBridge rule with a target that matches its name.',
    'An alarm whose metric is unknown is looked at too; alarms on load, status checks or anything else are not. A topic of the templates without a subscription notifies no one. EC2’s own actions (recover, reboot, stop, terminate) and scaling do not count either: they notify no one and free no disk space. Any other action (another account’s topic, a function) counts. A topic that is a parameter without a value is "cannot tell". EventBridge hears alarms whose actions are disabled, too.',
  ],
  why: ['It turns red in a console that no one looks at, and the disk fills all the same.'],
  fix: [
    'Add an ALARM action on a topic with a subscription, or an EventBridge rule on "CloudWatch Alarm State Change" with this alarm’s name and a target.',
  ],
  acceptable: 'operators subscribe by hand, so that the template holds no address',
  examples: [{ fails: topic(''), passes: topic('{ Protocol: email, Endpoint: oncall@example.com }') }],
  check: ({ head }) =>
    head.alarms.filter(isLookedAt).map((alarm): Outcome => {
      const subject = alarmSubject(alarm);
      const reach = any([
        actionsReach(alarm, head),
        ...head.eventRules.map((rule) => ruleHears(alarm, rule)),
      ]);
      if (reach === 'yes') return pass(subject);
      if (reach !== 'no') return cannotTell(subject, reach.why);
      return finding(
        subject,
        `${subject.name} notifies no one: ${silent(alarm)}, and no event rule in the templates matches it.`,
      );
    }),
});
