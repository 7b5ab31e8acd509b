import { askDisk, type Ask } from './ask-message';
import { useOf } from './heal-message';
import type { HealReport } from '../outcome/heal-report';
import { describePlan } from '../plan/owner-decision';

/** How text of a stranger is written where it is read. @param maxLength characters */
export type Say = (text: string, maxLength?: number) => string;

/** Characters. */
export const LENGTH = { title: 150, reason: 600, line: 200, keyword: 60 } as const;
const MAX_LINES = 5;

/** What came of a healing, in a few lines. */
export const reportLines = (report: HealReport, say: Say): readonly string[] => {
  const some = (what: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0
      ? []
      : [what, ...lines.slice(0, MAX_LINES).map((line) => `• ${say(line, LENGTH.line)}`)];
  return [
    say(report.reason, LENGTH.reason),
    `Node: ${say(report.instanceId)}, group ${say(report.nodeGroup, LENGTH.keyword)}`,
    `Disk /: ${useOf(report.before)} before, ${useOf(report.after)} after`,
    ...(report.snapshot === null ? [] : [`Snapshot: ${say(report.snapshot.text, LENGTH.line)}`]),
    `Trigger: ${say(report.trigger, LENGTH.line)}`,
    ...some('What failed:', report.evidence.failures),
    ...some('Left to do:', report.left),
  ];
};

/** What is asked, in a few lines. */
export const askLines = (ask: Ask, say: Say): readonly string[] => {
  const { plan, until } = ask;
  const disk = askDisk(ask);
  return [
    `Plan: ${say(describePlan(plan), LENGTH.reason)}`,
    ...(plan === null ? [] : [`Why: ${say(plan.reason, LENGTH.reason)}`]),
    ...(disk === undefined ? [] : [`Disk /: ${disk} used`]),
    `Until: ${until}; without an answer by then the request counts as rejected and the node is not changed`,
  ];
};
