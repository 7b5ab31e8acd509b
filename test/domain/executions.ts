import type {
  AutomationExecutionFacts,
  AutomationStepFacts,
} from '../../lib/domain/outcome/automation-execution';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import {
  INSTANCE,
  NOW_MS,
  VOLUME,
  assessResult,
  filesystem,
  reclaimResult,
  rootFigures,
  verifyResult,
} from './fixtures';

export const EXECUTION = '4105a4fc-f944-11e6-9d32-0a1b2c3d495h';
const START_MS = NOW_MS + 5_000;

export const growPlan: PlanPayload = {
  action: 'grow',
  reason: '/ is at 97 %; grow from 20 to 40 GiB',
  volumeId: VOLUME,
  targetSizeGiB: 40,
  volumeSizeGiB: 20,
  nodeGroup: 'control-plane',
  warningPercent: 80,
  targetPercent: 75,
  maxSizeGiB: 100,
  usedPercent: 97,
  inodesUsedPercent: 5,
  growthPercentPerDay: null,
  until: null,
  mode: 'act',
  usdPerMonth: null,
  ...{ reboots: false, drains: false },
  mayWait: false,
};

/** Each step takes ten seconds; a step without outputs beyond `undefined` did not start. */
export const step = (
  name: string,
  index: number,
  outputs: Record<string, string>,
  more: Partial<AutomationStepFacts> = {},
): AutomationStepFacts => ({
  name,
  status: 'Success',
  startedAtMs: START_MS + index * 10_000,
  endedAtMs: START_MS + (index + 1) * 10_000,
  outputs: Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, [value]])),
  failureMessage: undefined,
  ...more,
});
const notStarted = (name: string): AutomationStepFacts =>
  step(name, 0, {}, { status: 'Pending', startedAtMs: undefined, endedAtMs: undefined });

const extended = {
  headroom: 1,
  script: 'extend-root',
  ok: true,
  dryRun: false,
  changed: true,
  layout: 'partition',
  before: filesystem(97),
  after: rootFigures(48.5, 40),
};
const kubelet = {
  headroom: 1,
  script: 'restart-kubelet',
  ok: true,
  dryRun: false,
  action: 'restarted',
  healthz: true,
};

/** A healing by growing, as GetAutomationExecution tells it while `record` runs. */
export const grownExecution = (): AutomationExecutionFacts => ({
  executionId: EXECUTION,
  documentName: 'headroom-prod-HealNode',
  status: 'InProgress',
  startedAtMs: START_MS,
  parameters: {
    InstanceId: [INSTANCE],
    Trigger: ['headroom-prod-control-plane-1-disk-critical'],
    TriggeredAt: ['2026-11-20T04:06:00.000Z'],
  },
  failureMessage: undefined,
  steps: [
    step('assess', 0, { Output: JSON.stringify(assessResult()) }),
    step('reclaim', 1, { Output: `${JSON.stringify(reclaimResult())}\n----------ERROR-------\nvacuumed` }),
    step('plan', 2, { Payload: JSON.stringify(growPlan) }),
    step('decision', 3, { Action: 'grow' }),
    step('choose', 4, {}),
    step('modify', 5, {}),
    step('waitForModification', 6, {}),
    step('extend', 7, { Output: JSON.stringify(extended) }),
    step('kubelet', 8, { Output: JSON.stringify(kubelet) }),
    step('verify', 9, { Output: JSON.stringify(verifyResult(rootFigures(48.5, 40))) }),
    step('record', 10, {}, { status: 'InProgress', endedAtMs: undefined }),
    notStarted('escalate'),
  ],
});

/** ModifyVolume was refused. */
export const refusedExecution = (): AutomationExecutionFacts => {
  const grown = grownExecution();
  return {
    ...grown,
    steps: [
      ...grown.steps.slice(0, 5),
      step(
        'modify',
        5,
        {},
        { status: 'Failed', failureMessage: 'VolumeModificationRateExceeded: wait at least' },
      ),
      ...['waitForModification', 'extend', 'kubelet', 'verify', 'record'].map(notStarted),
      step('escalate', 6, {}, { status: 'InProgress', endedAtMs: undefined }),
    ],
  };
};

/** The agent could not run the first command. */
export const deadAgentExecution = (): AutomationExecutionFacts => ({
  ...grownExecution(),
  steps: [
    step('assess', 0, {}, { status: 'TimedOut', failureMessage: 'Delivery Timed Out' }),
    step('escalate', 1, {}, { status: 'InProgress', endedAtMs: undefined }),
  ],
});
