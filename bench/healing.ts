import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './row';

/** Of a drill's report, what is measured here. */
interface Healing {
  readonly timeToHealSeconds: number | null;
  readonly apiCalls: Readonly<Record<string, number>>;
  readonly steps: readonly { readonly name: string; readonly startedAt: string; readonly seconds: number }[];
}

/** Steps of HealNode that are a command on the node; all others are the system's own. */
const COMMANDS = /^(assess|reclaim|extend|kubelet|verify)/;
/** What comes after the node is healed. */
const AFTERWARDS = /^(record|settle|outcome)/;
const AT_MOST = { overhead: 0.15, ofManual: 0.5 };

/** Why a healing asks so often. An operation that is not here is one too many. */
export const WHY: Readonly<Record<string, string>> = {
  'autoscaling:DescribeAutoScalingInstances': 'whether a worker is about to end: what ends is not grown',
  'cloudwatch:GetMetricData':
    'plan: the growth that the size follows; record: the next measurement; the sweep',
  'cloudwatch:DescribeAlarms': 'the sweep: alarms that nothing was started for',
  'cloudwatch:PutMetricData': 'what came of it, for the dashboard and the alarms; the sweep counts pauses',
  'ec2:DescribeInstances':
    'whose node it is, and that it runs: dispatch, then before each thing that is done to it; record',
  'ec2:DescribeVolumes': 'plan: what root has',
  'ec2:DescribeVolumesModifications': "plan: EBS's four a day; then polled until the new size may be used",
  'ec2:CreateTags': 'attach: whose volume it is',
  'ec2:ModifyVolume': 'the purchase, once',
  's3:GetObject': "plan: the month's purchases",
  's3:HeadObject': 'record: what an earlier try has delivered; once more for the event of the end',
  's3:PutObject':
    'the purchase before it is made, the evidence before it is changed, the report before and after it is sent',
  'sns:Publish': 'the message',
  'sqs:SendMessage': 'a retry, or a finding of the sweep',
  'ssm:DescribeAutomationExecutions': 'dispatch: who is being healed, and how often today',
  'ssm:GetAutomationExecution':
    'dispatch: that it started; record: what was done, for evidence, report and event',
  'ssm:GetParameter': 'whether healing is paused, before each thing that is done',
  'ssm:ListCommandInvocations': "Automation's own: until each command has ended",
  'ssm:SendCommand': 'assess, reclaim, extend, kubelet, verify',
  'ssm:StartAutomationExecution': 'the healing',
};

/** Seconds from the first step to the last one that heals, and those of them that are commands on the node. */
export const healingTimes = ({ steps }: Healing): { readonly total: number; readonly commands: number } => {
  const healing = steps.filter(({ name }) => !AFTERWARDS.test(name));
  const begins = healing.map(({ startedAt }) => Date.parse(startedAt) / 1_000);
  const ends = healing.map(({ seconds }, index) => (begins[index] ?? NaN) + seconds);
  return {
    total: Math.max(...ends) - Math.min(...begins),
    commands: healing
      .filter(({ name }) => COMMANDS.test(name))
      .reduce((sum, { seconds }) => sum + seconds, 0),
  };
};

/**
 * Of the last drill of `disk-full`; nothing when there was none.
 * @param manualSeconds of the recipe by hand, with its own waits, on the same machine
 */
export const healingRows = (root: string, manualSeconds: number | undefined): readonly Row[] => {
  const file = join(root, 'drill-report', 'disk-full', 'report.json');
  if (!existsSync(file)) return [];
  const healing = JSON.parse(readFileSync(file, 'utf8')) as Healing;
  const { total, commands } = healingTimes(healing);
  const { timeToHealSeconds } = healing;
  return [
    {
      what: 'drill disk-full: own overhead',
      value: (total - commands) / total,
      unit: 'of the healing',
      note: `${total.toFixed(0)} s, of them ${commands.toFixed(0)} s commands inside the machine; below ${AT_MOST.overhead} is wanted`,
    },
    ...(timeToHealSeconds === null || manualSeconds === undefined
      ? []
      : [
          {
            what: 'drill disk-full: time to heal',
            value: timeToHealSeconds / manualSeconds,
            unit: '× the recipe by hand',
            note: `${timeToHealSeconds} s beside ${manualSeconds} s; at most ${AT_MOST.ofManual} is wanted`,
          },
        ]),
    ...Object.entries(healing.apiCalls).map(([call, times]) => ({
      what: call,
      value: times,
      unit: 'calls in the drill',
      note: WHY[call] ?? 'no reason is known: one too many',
    })),
  ];
};
