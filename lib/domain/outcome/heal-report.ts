import {
  outputOf,
  parameterOf,
  stepOf,
  type AutomationExecutionFacts,
  type AutomationStepFacts,
} from './automation-execution';
import { functionError } from './function-error';
import { isInstanceId } from '../names/instance-id';
import { whyNotOurs } from '../plan/node-standing';
import { OWNER_BACK_OFF_MS, ownerDecisionOf } from '../plan/owner-decision';
import { pausedOf, refusalOf } from '../plan/permission';
import type { Observation } from '../plan/observation';
import { failuresOf, whyUnfinished, type Readings } from '../node/heal-failures';
import { leftBehind } from '../node/left-behind';
import { nextCommand } from '../messages/next-command';
import type { NextDatapoint } from '../sweep/next-datapoint';
import type {
  AssessResult,
  ExtendResult,
  FilesystemFigures,
  ReclaimResult,
  RestartKubeletResult,
  VerifyResult,
} from '../node/node-figures';
import { readPlanPayload, type PlanPayload } from '../plan/plan-payload';
import { gibGrown, missingGrowth } from './purchase-outcome';
import { restIn } from '../plan/rest';
import { readScriptResult, type ScriptReading } from '../node/run-command-output';
import type { ScriptName, ScriptResults } from '../node/script-result-schemas';
import { snapshotReport, type SnapshotReport } from '../plan/snapshot-first';
import { describeStep, isFailure } from './step-detail';
import { GIB } from '../units';
import { judge, type Verdict } from './verdict';
import { waitingOf } from '../plan/waiting';

/** One healing from beginning to end: the report in S3 and the source of every message. */
export interface HealReport {
  readonly schema: 1;
  readonly environment: string;
  /** '' when the execution names none that EC2 could know. */
  readonly instanceId: string;
  /** '' when the node has no such tag or could not be described. */
  readonly nodeGroup: string;
  readonly role: string;
  readonly executionId: string;
  readonly documentName: string;
  /** The alarm's name, or `manual`. */
  readonly trigger: string;
  /** ISO 8601; null: started by hand. */
  readonly triggeredAt: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  /** From the trigger, or from the start where there was none. */
  readonly seconds: number;
  /** From the trigger to the start of the execution; null: started by hand. */
  readonly secondsToFirstAction: number | null;
  readonly verdict: Verdict;
  readonly reason: string;
  /** ISO 8601; when a waiting node is healed again, when the pause ends that stopped it, when it is asked about or reported again, or when a node that was healed too often may be healed again. null: nothing is waited for. */
  readonly until: string | null;
  /** Figures of `/`; null: never measured. */
  readonly before: FilesystemFigures | null;
  readonly after: FilesystemFigures | null;
  readonly plan: PlanPayload | null;
  readonly steps: readonly ReportStep[];
  readonly bytesReclaimed: number;
  /** GiB that EBS sold; 0 when nothing was bought. */
  readonly gibGrown: number;
  /** The snapshot that was taken before growing, or why there is none; null: the environment wants none, or nothing was to be bought. */
  readonly snapshot: SnapshotReport | null;
  /** What the node's metric says after verification; null: it was not looked at. */
  readonly nextDatapoint: NextDatapoint | null;
  readonly evidence: {
    /** Where what was seen before anything was deleted is kept; null: it is not, and `failures` says why. */
    readonly keptAt: string | null;
    readonly assess: AssessResult | null;
    readonly reclaim: ReclaimResult | null;
    readonly extend: ExtendResult | null;
    readonly kubelet: RestartKubeletResult | null;
    readonly verify: VerifyResult | null;
    /** What failed or could not be read, in order. */
    readonly failures: readonly string[];
  };
  /** What the healing changed and did not take back, each with how to. */
  readonly left: readonly string[];
  /** What an operator types next; null: nothing to do. */
  readonly nextCommand: string | null;
}

export interface ReportStep {
  readonly name: string;
  /** Automation's own word, e.g. `Success`, `Failed`, `TimedOut`. */
  readonly status: string;
  readonly startedAt: string;
  /** null: not ended. */
  readonly seconds: number | null;
  readonly bytesFreed?: number;
  readonly detail: string;
}

export interface ReportContext {
  readonly environment: string;
  /** Of the node, for commands; undefined or '': unknown. */
  readonly region?: string | undefined;
  readonly nodeGroup: string;
  readonly role: string;
  readonly conclusion: 'finished' | 'failed';
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** undefined: it was not looked at. */
  readonly nextDatapoint?: NextDatapoint | undefined;
  /** Where the step `evidence` keeps what `assess` saw, if it succeeded. */
  readonly evidenceUrl?: string | undefined;
  /** What EC2 says of the instance now; undefined: it could not be asked. */
  readonly standing?: Pick<Observation, 'standing' | 'state'> | undefined;
}

/** What HealNode takes. */
const TRIGGER_LENGTH = 200;

/** The steps that report on the others; they are under way while the report is made. */
const REPORTING_STEPS: readonly string[] = ['record', 'recorded', 'escalate', 'escalated'];

/** Tells the story of an execution from what Automation kept of it. Never throws. */
export const healReport = (execution: AutomationExecutionFacts, context: ReportContext): HealReport => {
  const read = <S extends ScriptName>(step: string, script: S): ScriptReading<ScriptResults[S]> =>
    readScriptResult(outputOf(stepOf(execution, step), 'Output'), script);
  const firstAssessment = read('assess', 'assess-node');
  const secondAssessment = read('assessAgain', 'assess-node');
  const assess = secondAssessment.ok ? secondAssessment : firstAssessment;
  const reclaim = read('reclaim', 'reclaim-disk');
  const afterReclaim = read('assessAfterReclaim', 'assess-node');
  const rebooted = read('verifyAfterReboot', 'extend-root');
  const extend = rebooted.ok ? rebooted : read('extend', 'extend-root');
  const meanwhile = read('kubeletMeanwhile', 'restart-kubelet');
  const kubelet = meanwhile.ok ? meanwhile : read('kubelet', 'restart-kubelet');
  const verify = read('verify', 'verify-node');
  const cordon = {
    drain: read('drain', 'cordon-drain-node'),
    uncordon: read('uncordon', 'cordon-drain-node'),
    takeBack: read('takeBack', 'cordon-drain-node'),
  };
  const readings: Readings = new Map(
    Object.entries({
      ...{ assess: firstAssessment, assessAgain: secondAssessment, assessAfterReclaim: afterReclaim },
      ...{ reclaim, extend, kubelet, kubeletMeanwhile: meanwhile, verify, verifyAfterReboot: rebooted },
      ...{ drain: cordon.drain, uncordon: cordon.uncordon, takeBack: cordon.takeBack },
    }),
  );

  // The out-of-band lane makes its own plan, also after the first plan failed.
  const planStep = stepOf(execution, 'planOutOfBand') ?? stepOf(execution, 'plan');
  const plan = readPlanPayload(outputOf(planStep, 'Payload')) ?? null;
  const ran = execution.steps.filter(
    (step) => step.startedAtMs !== undefined && !REPORTING_STEPS.includes(step.name),
  );
  const failures = failuresOf(execution, ran, readings);
  const left = leftBehind(execution, cordon, plan);
  const instanceId = parameterOf(execution, 'InstanceId');
  const waiting = waitingOf(execution, plan, verify, context.nowMs);
  const paused = pausedOf(execution, plan);
  const refusal = refusalOf(execution);
  const unfinished = whyUnfinished(refusal?.reason, plan, ran, failures);
  const rest = restIn(execution, plan);
  const judgement = judge({
    conclusion: context.conclusion,
    verify,
    warningPercent: plan?.warningPercent ?? null,
    targetPercent: plan?.targetPercent ?? null,
    failure: [whyLost(instanceId, context), unfinished].filter(Boolean).join('; ') || undefined,
    cordoned: left.find(({ kind }) => kind === 'cordoned')?.text,
    nextDatapoint: context.nextDatapoint,
    gone: whyGone(instanceId, plan, verify, context),
    waiting,
    paused,
    rest: rest?.reason,
    owner: ownerDecisionOf(execution, plan),
    kubeletUnhealthy: kubeletUnhealthy(execution, failures),
    missingGrowth: missingGrowth(gibGrown(execution, plan), verify, assess.ok ? assess : afterReclaim),
  });

  const startedAtMs = execution.startedAtMs ?? context.nowMs;
  const triggeredAtMs = Date.parse(parameterOf(execution, 'TriggeredAt'));
  const triggered = !Number.isNaN(triggeredAtMs);
  const report = {
    schema: 1,
    environment: context.environment,
    instanceId: isInstanceId(instanceId) ? instanceId : '',
    nodeGroup: context.nodeGroup || (plan?.nodeGroup ?? ''),
    role: context.role,
    executionId: execution.executionId,
    documentName: execution.documentName,
    trigger: parameterOf(execution, 'Trigger').slice(0, TRIGGER_LENGTH) || 'manual',
    triggeredAt: triggered ? iso(triggeredAtMs) : null,
    startedAt: iso(startedAtMs),
    endedAt: iso(context.nowMs),
    seconds: Math.max(0, (context.nowMs - (triggered ? triggeredAtMs : startedAtMs)) / 1_000),
    secondsToFirstAction: triggered ? Math.max(0, (startedAtMs - triggeredAtMs) / 1_000) : null,
    ...judgement,
    until: untilOf(
      judgement.verdict,
      { waits: waiting?.until, pauseEnds: paused?.until, restsUntil: rest?.until },
      context.nowMs,
    ),
    before: filesystemOf(assess.ok ? assess.value.root : valueOf(reclaim)?.before),
    after: filesystemOf(
      valueOf(verify)?.root ??
        valueOf(extend)?.after ??
        valueOf(afterReclaim)?.root ??
        valueOf(reclaim)?.after,
    ),
    plan,
    steps: ran.map((step) => reportStep(step, readings.get(step.name), plan)),
    bytesReclaimed: Math.max(0, valueOf(reclaim)?.dryRun === false ? (valueOf(reclaim)?.bytesFreed ?? 0) : 0),
    gibGrown: gibGrown(execution, plan),
    snapshot: snapshotReport(execution, plan) ?? null,
    nextDatapoint: context.nextDatapoint ?? null,
    evidence: {
      keptAt: isKept(stepOf(execution, 'evidence')) ? (context.evidenceUrl ?? null) : null,
      assess: valueOf(assess),
      reclaim: valueOf(reclaim),
      extend: valueOf(extend),
      kubelet: valueOf(kubelet),
      verify: valueOf(verify),
      failures,
    },
    left: left.map(({ text }) => text),
  } as const;
  return {
    ...report,
    nextCommand: nextCommand({ ...report, state: context.standing?.state, region: context.region }),
  };
};

const untilOf = (
  verdict: Verdict,
  {
    waits,
    pauseEnds,
    restsUntil,
  }: {
    readonly waits?: string | undefined;
    readonly pauseEnds?: string | undefined;
    readonly restsUntil?: string | undefined;
  },
  nowMs: number,
): string | null => {
  if (verdict === 'waiting') return waits ?? null;
  if (verdict === 'escalated') return restsUntil ?? null;
  if (verdict === 'observed' || verdict === 'denied') return iso(nowMs + OWNER_BACK_OFF_MS);
  return verdict === 'paused' ? pauseEnds || null : null;
};

const valueOf = <T>(reading: ScriptReading<T>): T | null => (reading.ok ? reading.value : null);

/** Without the layers below, so that `before` and `after` compare. */
const filesystemOf = (figures: FilesystemFigures | null | undefined): FilesystemFigures | null =>
  figures
    ? {
        sizeBytes: figures.sizeBytes,
        availableBytes: figures.availableBytes,
        usedPercent: figures.usedPercent,
        inodesUsedPercent: figures.inodesUsedPercent,
      }
    : null;

const reportStep = (
  step: AutomationStepFacts,
  reading: ScriptReading<ScriptResults[ScriptName]> | undefined,
  plan: PlanPayload | null,
): ReportStep => {
  const started = step.startedAtMs ?? 0;
  const freed = reading?.ok && reading.value.script === 'reclaim-disk' ? reading.value.bytesFreed : undefined;
  return {
    name: step.name,
    status: step.status,
    startedAt: iso(started),
    seconds: step.endedAtMs === undefined ? null : (step.endedAtMs - started) / 1_000,
    ...(freed !== undefined && { bytesFreed: freed }),
    detail: describeStep(step, reading, plan),
  };
};

/** A terminating node is not an incident, unless it was healed before. */
const whyGone = (
  instanceId: string,
  plan: PlanPayload | null,
  verify: ScriptReading<VerifyResult>,
  { conclusion, standing }: ReportContext,
): string | undefined => {
  if (plan?.action === 'gone') return plan.reason;
  if (standing?.standing !== 'gone' || (conclusion === 'finished' && verify.ok)) return undefined;
  return whyNotOurs({ instanceId, ...standing });
};

const whyLost = (instanceId: string, { standing }: ReportContext): string | undefined =>
  standing?.standing === 'lost' ? whyNotOurs({ instanceId, ...standing }) : undefined;

const kubeletUnhealthy = (
  execution: AutomationExecutionFacts,
  failures: readonly string[],
): string | undefined => {
  const step = stepOf(execution, 'kubeletMeanwhile');
  return step !== undefined && isFailure(step.status)
    ? failures.find((failure) => failure.startsWith('kubeletMeanwhile:'))
    : undefined;
};

const isKept = (step: AutomationStepFacts | undefined): boolean =>
  step?.status === 'Success' && functionError(step) === undefined;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** `BytesReclaimed` as GiB, for the metric. */
export const gibReclaimed = (report: HealReport): number => report.bytesReclaimed / GIB;
