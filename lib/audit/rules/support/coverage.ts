import type { AlarmFacts, Facts, NodeGroupFacts } from '../../facts';
import type { Outcome, Severity } from '../../rule';
import { alarmsOf, watchedInstances } from './alarms';
import { cannotTell, finding, groupSubject, listed, pass } from './outcomes';

/** How an alarm is called in a sentence. */
const alarmName = ({ name, place }: AlarmFacts): string =>
  name.state === 'known' ? name.value : place.logicalId;

/** A few names: more would not be read. */
const some = (alarms: readonly AlarmFacts[]): string => {
  const names = alarms.map(alarmName).sort();
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : listed(names);
};

/** Whether alarms of one kind watch every node of a group. */
export const coverage = (
  head: Pick<Facts, 'alarms'>,
  group: NodeGroupFacts,
  does: (alarm: AlarmFacts) => boolean,
  words: { readonly noAlarm: string; readonly severity: Severity | undefined },
): Outcome => {
  const subject = groupSubject(group);
  const { sure, maybe } = alarmsOf(head, group, does);
  const nodes = group.instances.length;
  const watched = sure.length === 0 ? 0 : watchedInstances(sure, group);
  if (sure.length > 0 && watched >= nodes) return pass(subject);
  if (maybe.length > 0) return cannotTell(subject, `it is unknown which nodes ${some(maybe)} watches`);
  if (group.kind === 'launch-template')
    return cannotTell(
      subject,
      'no Auto Scaling group and no instance of the templates uses this launch template',
    );
  const { severity } = words;
  return watched > 0
    ? finding(subject, `${words.noAlarm} ${nodes - watched} of the ${nodes} nodes of ${group.name}.`, {
        severity,
      })
    : finding(subject, `${words.noAlarm} ${group.name}.`, { severity });
};
