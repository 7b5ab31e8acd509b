import type { AlarmFacts, Facts } from '../facts';
import type { Outcome, Rule } from '../rule';
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
    { mend: 'Set TreatMissingData to breaching.' },
  );
};

/** By what a fixed dimension names, also where it is not a node of the templates. */
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
const silenceIsWatched = (alarm: AlarmFacts, { alarms }: Facts): boolean | { readonly why: string } => {
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
    : { why: `${alarmSubject(unread).name} may be a silence alarm: what it measures cannot be told` };
};

/** What becomes of it when the agent dies. */
const stateOf = (alarm: AlarmFacts): string => {
  const treatment = treatmentOf(alarm);
  if (/^ignore$/i.test(treatment)) return 'keeps its state';
  return /^notBreaching$/i.test(treatment) ? 'is OK' : 'goes to INSUFFICIENT_DATA, which notifies no one,';
};

const ofLevel = (alarm: AlarmFacts, head: Facts): Outcome[] => {
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
      { mend: 'Add a silence alarm on the same nodes, or set TreatMissingData to breaching.' },
    ),
  ];
};

export const alarmMissingData: Rule = {
  id: 'alarm-missing-data',
  severity: 'warning',
  title: 'Missing data hides a silent node',
  what: 'How silence alarms and disk alarms on fixed dimensions treat missing data.',
  why: 'A full disk stops the agent. An alarm that takes no data for good data turns green at the very moment when the disk is full, and one that takes it for missing goes to INSUFFICIENT_DATA, where no ALARM action runs.',
  mend: 'Treat missing data as breaching in silence alarms; in disk alarms as missing, with a silence alarm beside.',
  check: ({ head }) =>
    head.alarms.flatMap((alarm) => {
      const kind = alarmKind(alarm);
      if (kind === 'silence') return [ofSilence(alarm)];
      if (kind === 'level') return ofLevel(alarm, head);
      if (kind === 'unknown') return [cannotTell(alarmSubject(alarm), 'what it measures cannot be told')];
      return [];
    }),
};
