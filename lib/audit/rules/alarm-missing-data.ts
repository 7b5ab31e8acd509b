import type { AlarmFacts, Facts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { alarmKind, countsSilence, ringsForSilence } from './support/alarms';
import { alarmSubject, cannotTell, finding, pass } from './support/outcomes';

/** AWS's default. */
const DEFAULT = 'missing';

/** In a sentence: `missing`, CloudWatch's default, reads as such. */
const treatmentOf = ({ treatMissingData }: AlarmFacts): string =>
  treatMissingData.state === 'known' ? treatMissingData.value : `${DEFAULT}, the default`;

const ofSilence = (alarm: AlarmFacts): Outcome => {
  const subject = alarmSubject(alarm);
  const { treatMissingData } = alarm;
  if (treatMissingData.state === 'known' && treatMissingData.value === 'breaching') return pass(subject);
  if (countsSilence(alarm)) return pass(subject);
  // FILL has given missing data a value before the alarm looks at it.
  if (alarm.expressions.some((expression) => /\bFILL\s*\(/i.test(expression))) return pass(subject);
  if (treatMissingData.state === 'unknown')
    return cannotTell(subject, `its TreatMissingData is unknown: ${treatMissingData.why}`);
  return finding(
    subject,
    `${subject.name} waits for silence and treats missing data as ${treatmentOf(alarm)}: a silent node sends nothing, so that it never rings.`,
    { remediation: 'Set TreatMissingData to breaching.' },
  );
};

/** By what a fixed dimension names, even if that is not a node of the templates. */
const sameNode = (one: AlarmFacts, other: AlarmFacts): boolean => {
  const [ours, theirs] = [one, other].map(({ metric }) =>
    metric.state === 'known' && metric.value.dimensions.state === 'known'
      ? metric.value.dimensions.value
      : {},
  );
  return ['InstanceId', 'AutoScalingGroupName'].some(
    (key) => ours?.[key] !== undefined && ours[key] === theirs?.[key],
  );
};

/** Whether an alarm that rings for silence watches each of its nodes. */
const silenceIsWatched = (
  alarm: AlarmFacts,
  { alarms }: Pick<Facts, 'alarms'>,
): boolean | { readonly why: string } => {
  const silence = alarms.filter(ringsForSilence);
  const unread = alarms.find((other) => other !== alarm && alarmKind(other) === 'unknown');
  if (silence.some((other) => sameNode(alarm, other))) return true;
  if (alarm.watches.state === 'known' && alarm.watches.value.length > 0) {
    const watched = silence.flatMap(({ watches }) => (watches.state === 'known' ? watches.value : []));
    if (alarm.watches.value.every((group) => watched.includes(group))) return true;
  }
  // With no alarm for silence at all, it does not matter which nodes it watches.
  if (silence.length > 0 && alarm.watches.state === 'unknown')
    return { why: `which nodes it watches is unknown: ${alarm.watches.why}` };
  const open = silence.find(({ watches }) => watches.state === 'unknown');
  if (open?.watches.state === 'unknown')
    return { why: `which nodes the silence alarm watches is unknown: ${open.watches.why}` };
  return unread === undefined
    ? false
    : { why: `${alarmSubject(unread).name} may be a silence alarm: what it measures is unknown` };
};

/** What happens to it when the agent dies. */
const stateOf = (alarm: AlarmFacts): string => {
  const treatment = treatmentOf(alarm);
  if (/^ignore$/i.test(treatment)) return 'keeps its state';
  return /^notBreaching$/i.test(treatment) ? 'is OK' : 'goes to INSUFFICIENT_DATA, which notifies no one,';
};

const ofLevel = (alarm: AlarmFacts, head: Pick<Facts, 'alarms'>): Outcome[] => {
  const subject = alarmSubject(alarm);
  const { treatMissingData } = alarm;
  // A query over many series drops those that are missing, whatever is written here.
  if (alarm.metric.state !== 'known') return [];
  if (treatMissingData.state === 'known' && /^breaching$/i.test(treatMissingData.value))
    return [pass(subject)];
  const watched = silenceIsWatched(alarm, head);
  if (watched === true) return [pass(subject)];
  if (treatMissingData.state === 'unknown')
    return [cannotTell(subject, `its TreatMissingData is unknown: ${treatMissingData.why}`)];
  if (watched !== false) return [cannotTell(subject, watched.why)];
  return [
    finding(
      subject,
      `${subject.name} ${stateOf(alarm)} when nothing is measured (${treatmentOf(alarm)}), and no silence alarm watches the same nodes.`,
      { remediation: 'Add a silence alarm on the same nodes, or set TreatMissingData to breaching.' },
    ),
  ];
};

/** A disk alarm of one instance, and a silence alarm beside it with this treatment of missing data. */
const silenceAlarm = (treatMissingData: string): string => yaml`
  Resources:
    Node1:
      Type: AWS::EC2::Instance
    Node1Silent:
      Type: AWS::CloudWatch::Alarm
      Properties:
        Namespace: CWAgent
        MetricName: disk_used_percent
        Dimensions: [{ Name: InstanceId, Value: !Ref Node1 }, { Name: path, Value: / }]
        Statistic: SampleCount
        Period: 60
        EvaluationPeriods: 5
        Threshold: 1
        ComparisonOperator: LessThanThreshold
        TreatMissingData: ${treatMissingData}
`;

export const alarmMissingData = defineRule({
  id: 'alarm-missing-data',
  severity: 'warning',
  title: 'Missing data hides a silent node',
  needs: ['alarms'],
  what: [
    'How silence alarms and disk alarms on fixed dimensions treat missing data.',
    'A silence alarm must treat it as breaching (metric maths with FILL need not). A disk alarm must treat it as breaching, or a silence alarm must watch the same nodes; then it may treat it as `missing`, CloudWatch’s default, as `notBreaching` or as `ignore`. Where the templates have no silence alarm at all, it does not matter which nodes the disk alarm watches: it is a finding even if they are unknown. Queries over many series are not looked at: what they do about a series that ends is the matter of [node-group-without-silence-alarm](node-group-without-silence-alarm.md).',
  ],
  why: [
    'A full disk stops the agent, and a silent node sends nothing, not even zero. An alarm that treats no data as good data returns to OK at the very moment when the disk is full; one that treats it as missing goes to INSUFFICIENT_DATA, where no ALARM action runs.',
    'A disk alarm with `notBreaching` turns green, one with `ignore` keeps its state, and one with `missing`, which is what an absent `TreatMissingData` means, goes to INSUFFICIENT_DATA: no one is notified. Each of them is fine where another alarm rings for the silence.',
  ],
  fix: [
    'Treat missing data as breaching in silence alarms; in disk alarms as missing, with a silence alarm on the same nodes.',
    'Without a silence alarm, set `TreatMissingData` of the disk alarm to `breaching`: it then also rings when a node is stopped on purpose.',
  ],
  acceptable: 'the node is stopped every night',
  examples: [{ fails: silenceAlarm('missing'), passes: silenceAlarm('breaching') }],
  check: ({ head }) =>
    head.alarms.flatMap((alarm) => {
      const kind = alarmKind(alarm);
      if (kind === 'silence') return [ofSilence(alarm)];
      if (kind === 'level') return ofLevel(alarm, head);
      if (kind === 'unknown') return [cannotTell(alarmSubject(alarm), 'what it measures is unknown')];
      return [];
    }),
});
