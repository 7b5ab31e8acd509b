import { askSubject, askText, type Ask } from '../../lib/domain/messages/ask-message';
import { chatReport, chatThread } from '../../lib/domain/messages/chat-message';
import {
  messageSubject,
  messageText,
  opsItemDescription,
  opsItemTitle,
} from '../../lib/domain/messages/heal-message';
import { healReport } from '../../lib/domain/outcome/heal-report';
import { GIB } from '../../lib/domain/units';
import type { DrillReport, DrillStep, SentMessage } from '../../lib/drill/report/drill-report';
import { EXECUTION, growPlan, grownExecution, refusedExecution } from '../domain/executions';
import { INSTANCE, NOW_MS } from '../domain/fixtures';

const ZERO_MS = NOW_MS;
const HEAL_NODE = 'headroom-prod-HealNode';

/** Its columns: name, second of its start, seconds, detail, and status where it is not Success. */
type StepRow = readonly [name: string, from: number, seconds: number, detail?: string, status?: string];

export const steps = (executionId: string, rows: readonly StepRow[]): readonly DrillStep[] =>
  rows.map(([name, from, seconds, detail = '', status = 'Success']) => ({
    executionId,
    document: HEAL_NODE,
    name,
    startedAt: new Date(ZERO_MS + from * 1000).toISOString(),
    seconds,
    status,
    detail,
  }));

const figures = (usedPercent: number, sizeGiB: number, inodesUsedPercent: number) => ({
  usedPercent,
  sizeBytes: sizeGiB * GIB,
  availableBytes: Math.round(sizeGiB * GIB * Math.max(0, 0.955 - usedPercent / 100)),
  inodesUsedPercent,
});

/** One sample every four seconds. */
const curve = (seconds: number, at: (second: number) => ReturnType<typeof figures>): DrillReport['curve'] =>
  Array.from({ length: Math.floor(seconds / 4) + 1 }, (_, index) => ({
    atSeconds: index * 4,
    ...at(index * 4),
  }));

const context = (conclusion: 'finished' | 'failed') => ({
  ...{ environment: 'prod', nodeGroup: 'control-plane', role: 'control-plane', conclusion },
  ...{ nowMs: NOW_MS + 120_000, evidenceUrl: 's3://headroom-prod-evidence/assess.json' },
});
const REPORT_URL = `s3://headroom-prod-evidence/reports/${INSTANCE}/${EXECUTION}.json`;

/** As CloudWatch's own mail is made of it. */
export const alarmMessage = (level: string, state: string, from: string): Omit<SentMessage, 'atSeconds'> => ({
  subject: `${state}: "headroom-prod-control-plane-disk-${level}"`,
  text: JSON.stringify({
    alarmName: `headroom-prod-control-plane-disk-${level}`,
    state: {
      value: state,
      reason:
        'Threshold Crossed: 1 datapoint [100.0 (20/11/26 04:06:00)] was greater than the threshold (95.0).',
      timestamp: '2026-11-20T04:06:30.000+0000',
    },
    previousState: { value: from },
    configuration: {
      description: 'The disk of a control-plane node is nearly full. Runbook: disk-emergency.',
    },
  }),
});

const levels = { targetPercent: 75, warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 };

const healedBefore = figures(100, 7.77, 2.4);
const healed = healReport(grownExecution(), context('finished'));

/** The incident that Headroom is for. */
export const healedDrill = (more: Partial<DrillReport> = {}): DrillReport => ({
  scenario: 'disk-full',
  title: 'The incident itself. An 8 GiB control-plane disk at 100 %, 0 bytes free, nothing left to clean.',
  verdict: 'healed',
  claimed: 'healed',
  expected: { verdict: 'healed' },
  asExpected: true,
  differences: [],
  node: { role: 'control-plane', rootFs: 'ext4', diskGiB: 8 },
  environment: 'prod',
  before: healedBefore,
  after: figures(43.9, 17.61, 1.1),
  steps: steps(EXECUTION, [
    ['assess', 31, 21.2, '/ at 100 %, 0 MiB available, inodes at 2.4 %, kubelet active'],
    ['evidence', 52.2, 0.2],
    ['reclaim', 52.4, 10, 'freed 485 MiB: 100 % to 96.9 %'],
    [
      ...(['plan', 62.4, 0.1] as const),
      'grow: / is at 96.9 % (235 MiB available), inodes at 2.4 %, at or above the warning level of 80 %; grow vol-06afea2d63292441e from 8 to 18 GiB (the minimum step of 10 GiB)',
    ],
    ['decision', 62.5, 0.1],
    ['choose', 62.6, 0],
    ['modify', 62.6, 0, 'vol-06afea2d63292441e from 8 to 18 GiB'],
    ['waitForModification', 62.6, 4],
    ['extend', 66.6, 2.5, 'extended: 7.8 GiB to 17.6 GiB, now at 42.5 %'],
    ['kubelet', 69.1, 1, 'kubelet left-running, healthz ok'],
    ['verify', 70.1, 10, '/ at 42.5 %, 6 checks ok'],
    ['record', 80.1, 0.1],
  ]),
  apiCalls: {
    'cloudwatch:GetMetricData': 2,
    'cloudwatch:PutMetricData': 1,
    'ec2:DescribeInstances': 4,
    'ec2:DescribeVolumesModifications': 3,
    'ec2:ModifyVolume': 1,
    's3:PutObject': 2,
    'ssm:SendCommand': 6,
    'ssm:StartAutomationExecution': 1,
  },
  timeToHealSeconds: 69.1,
  startedAt: '2026-11-20T04:03:12.000Z',
  zeroAt: new Date(ZERO_MS).toISOString(),
  seconds: 84,
  levels,
  curve: curve(80, (second) =>
    second < 52
      ? healedBefore
      : second < 56
        ? figures(98.4, 7.77, 2.4)
        : second < 68
          ? figures(96.9, 7.77, 2.4)
          : figures(second < 76 ? 42.5 : 43.9, 17.61, 1.1),
  ),
  timeline: [
    { atSeconds: -42, kind: 'drill', summary: 'scenario disk-full, environment prod' },
    { atSeconds: 0, kind: 'node', summary: '/ at 100 %, 0 bytes available, inodes at 2.4 %' },
    { atSeconds: 30.2, kind: 'alarm', summary: 'headroom-prod-control-plane-disk-emergency ALARM' },
    { atSeconds: 31, kind: 'step-started', summary: 'assess (aws:runCommand)' },
    { atSeconds: 80.4, kind: 'drill', summary: 'at rest: healed' },
  ],
  messages: [
    { atSeconds: 30.2, ...alarmMessage('emergency', 'ALARM', 'OK') },
    { atSeconds: 80.2, subject: messageSubject(healed), text: messageText(healed, REPORT_URL) },
  ],
  opsItems: [],
  answers: [],
  evidence: { assess: healed.evidence.assess, lambdaLogs: ['plan: grow', 'record: healed'] },
  ...more,
});

const escalated = healReport(refusedExecution(), context('failed'));
const ask: Ask = {
  ...{ environment: 'prod', instanceId: INSTANCE, nodeGroup: 'control-plane', executionId: EXECUTION },
  ...{ plan: growPlan, until: '2026-11-20T05:00:00.000Z' },
};
const THREAD = chatThread('prod', INSTANCE, EXECUTION);
const AGAIN = `${EXECUTION.slice(0, -1)}0`;

/** A question, an answer, a purchase that EBS refuses, a second execution hours later, and all kinds of messages. */
export const escalatedDrill = (more: Partial<DrillReport> = {}): DrillReport => {
  const drill = healedDrill();
  const full = figures(97, 7.77, 2.4);
  return {
    ...drill,
    scenario: 'budget-spent',
    title: 'EBS takes no modification of this volume for hours, and no one can make room.',
    verdict: 'escalated',
    claimed: 'escalated',
    expected: { verdict: 'waiting' },
    asExpected: false,
    differences: ['verdict: expected waiting, got escalated', 'executions: expected 1, got 2'],
    after: full,
    timeToHealSeconds: null,
    seconds: 22_000,
    steps: [
      ...steps(EXECUTION, [
        ['assess', 31, 21.2, '/ at 100 %, 0 MiB available, inodes at 2.4 %, kubelet active'],
        ['reclaim', 52.4, 10, 'freed 485 MiB: 100 % to 96.9 %'],
        ['plan', 62.4, 0.1, growPlan.reason],
        ['approve', 62.5, 300, '', 'Success'],
        [
          ...(['modify', 362.5, 0.4] as const),
          'VolumeModificationRateExceeded: wait at least 6 hours between modifications per EBS volume',
          'Failed',
        ],
        ['escalate', 363, 1.3],
      ]),
      ...steps(AGAIN, [
        ['assess', 21_631, 21.2, '/ at 97 %, 235 MiB available'],
        ['waitForModification', 21_652.2, 60, 'the volume is still modified', 'TimedOut'],
        ['drain', 21_712.2, 0, '', 'Cancelled'],
        ['escalate', 21_712.2, 1.3],
      ]),
    ],
    curve: [
      ...curve(400, (second) => (second < 56 ? healedBefore : full)),
      ...curve(120, () => full).map((sample) => ({ ...sample, atSeconds: 21_600 + sample.atSeconds })),
    ],
    messages: [
      { atSeconds: 30.2, ...alarmMessage('emergency', 'ALARM', 'OK') },
      { atSeconds: 62.5, subject: askSubject(ask), text: askText(ask) },
      {
        atSeconds: 364,
        subject: messageSubject(escalated),
        text: JSON.stringify(chatReport(escalated, REPORT_URL, THREAD)),
      },
      { atSeconds: 364, subject: messageSubject(escalated), text: messageText(escalated, REPORT_URL) },
      { atSeconds: 365, subject: 'of an unknown kind', text: '{"hello":["world"]}' },
    ],
    opsItems: [
      {
        ...{ atSeconds: 364, id: 'oi-0123456789ab', severity: '1', status: 'Open' },
        title: opsItemTitle(escalated),
        description: opsItemDescription(escalated, REPORT_URL),
      },
    ],
    answers: [
      {
        ...{ atSeconds: 362.5, answer: 'approve', question: askSubject(ask) },
        command: `aws ssm send-automation-signal --automation-execution-id ${EXECUTION} --signal-type Approve`,
      },
    ],
    ...more,
  };
};
