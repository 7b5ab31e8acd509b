import type { AlarmFacts, Facts } from '../facts';
import type { Outcome, Rule } from '../rule';
import { alarmKind, ringsForSilence } from './support/alarms';
import { alarmSubject, cannotTell, finding, pass } from './support/outcomes';

/** AWS's default. */
const DEFAULT = 'missing';

/** In a sentence: `missing`, CloudWatch's default, reads as such. */
const treatmentOf = ({ treatMissingData }: AlarmFacts): string =>
  treatMissingData.state === 'known' ? treatMissingData.value : `${DEFAULT} (the default)`;

const ofSilence = (alarm: AlarmFacts): Outcome => {
  const subject = alarmSubject(alarm);
  const { treatMissingData } = alarm;
  if (treatMissingData.state === 'known' && treatMissingData.value === 'breaching') return pass(subject);
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

/** Whether each of its node groups has an alarm that rings for silence. */
const silenceIsWatched = (alarm: AlarmFacts, { alarms }: Facts): boolean | { readonly why: string } => {
  const silence = alarms.filter(ringsForSilence);
  if (alarm.watches.state === 'unknown')
    return { why: `which nodes it watches is unknown: ${alarm.watches.why}` };
  const groups = alarm.watches.state === 'known' ? alarm.watches.value : [];
  const watched = silence.flatMap(({ watches }) => (watches.state === 'known' ? watches.value : []));
  if (groups.length > 0 && groups.every((group) => watched.includes(group))) return true;
  const open = silence.find(({ watches }) => watches.state === 'unknown');
  return open?.watches.state === 'unknown'
    ? { why: `which nodes the silence alarm watches is unknown: ${open.watches.why}` }
    : false;
};

const ofLevel = (alarm: AlarmFacts, head: Facts): Outcome[] => {
  const subject = alarmSubject(alarm);
  const { treatMissingData } = alarm;
  // A query over many series drops those that are missing, whatever is written here.
  if (alarm.metric.state !== 'known') return [];
  if (treatMissingData.state === 'absent') return [pass(subject)];
  if (treatMissingData.state === 'known' && !/^(notBreaching|ignore)$/i.test(treatMissingData.value))
    return [pass(subject)];
  const watched = silenceIsWatched(alarm, head);
  if (watched === true) return [pass(subject)];
  if (treatMissingData.state === 'unknown')
    return [cannotTell(subject, `its TreatMissingData is unknown: ${treatMissingData.why}`)];
  if (watched !== false) return [cannotTell(subject, watched.why)];
  const state = treatMissingData.value === 'ignore' ? 'keeps its state' : 'is OK';
  return [
    finding(
      subject,
      `${subject.name} ${state} when nothing is measured (${treatMissingData.value}), and no silence alarm watches the same nodes.`,
      { mend: 'Set TreatMissingData to missing and add a silence alarm, or set it to breaching.' },
    ),
  ];
};

export const alarmMissingData: Rule = {
  id: 'alarm-missing-data',
  severity: 'warning',
  title: 'Missing data hides a silent node',
  what: 'How silence alarms and disk alarms on fixed dimensions treat missing data.',
  why: 'A full disk stops the agent. An alarm that takes no data for good data turns green at the very moment when the disk is full.',
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
