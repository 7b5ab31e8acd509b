import { healReport, type HealReport } from '../../lib/domain/outcome/heal-report';
import {
  parameterOf,
  withOutputs,
  type AutomationExecutionFacts,
} from '../../lib/domain/outcome/automation-execution';
import { diskReporter } from '../../lib/domain/names/disk-metric';
import { assessKeyOf, reportKeyOf } from '../../lib/domain/names/evidence-place';
import { isInstanceId } from '../../lib/domain/names/instance-id';
import { readMetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { TAGS } from '../../lib/domain/names/naming';
import { standingOf } from '../../lib/domain/plan/node-standing';
import type { Observation } from '../../lib/domain/plan/observation';
import { readDiskLevels } from '../../lib/domain/plan/node-group-policies';
import { partitionOf } from '../../lib/domain/names/partition';
import { VERDICTS, type Verdict } from '../../lib/domain/outcome/verdict';
import { systemClock, type Clock } from '../shared/clock';
import { lifecycleOf } from '../shared/lifecycle-of';
import { consoleLog, type Log } from '../shared/log';
import type { OwnedBucket } from '../../lib/aws/objects';
import { readEnvironment } from '../shared/read-environment';
import { describeError } from '../../lib/aws/errors';
import type { SdkClients } from '../../lib/aws/sdk';
import { DELIVERIES, deliver, type Delivery } from './deliveries';
import { NONE, RECORD_ENVIRONMENT } from './environment';
import { ask, type AskResult } from './ask';
import { keepEvidence, type EvidenceResult } from './keep-evidence';
import { checkAgain } from './check-again';
import { connect, sdkClients, type RecordClient, type RecordServices } from './record.client';
import { readRecordEvent } from './record-event';

export interface RecordResult {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly reportKey: string;
  readonly instanceId: string;
  /** Used percent of `/` after healing; null: not measured. */
  readonly usedPercent: number | null;
  /** ISO 8601; when a `waiting` node is to be healed again. null: nothing is waited for. */
  readonly until: string | null;
  /** The report was complete before; nothing was done now. */
  readonly repeated: boolean;
}

export interface RecordOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly log?: Log;
}

/** Metadata of the report object: which deliveries are done, so that a repeated call does the missing ones only. */
const DELIVERED = 'delivered';
/** Metadata of the report object: the execution that the incident's chat thread is named after. */
const THREAD = 'thread';

/** What an earlier try has done. */
interface Progress {
  readonly done: readonly Delivery[];
  readonly thread: string;
}

/**
 * Keeps the assessment or requests approval, if the event says so; otherwise records the result of an execution: first the
 * report in S3, then metrics, OpsItem and messages as the verdict requires. A failed part does not stop the others; the call
 * fails at the end, naming them, so that Automation retries it.
 */
export const createHandler = (
  clients: SdkClients<RecordServices>,
  { clock = systemClock, log = consoleLog }: RecordOptions = {},
): ((event: unknown) => Promise<RecordResult | EvidenceResult | AskResult>) => {
  const client = connect(clients);
  /** What this warm container has done, for when S3 itself cannot keep it. */
  const doneHere = new Map<string, Progress>();

  return async (event) => {
    const settings = readEnvironment(RECORD_ENVIRONMENT);
    const { environmentName, topicArn } = settings;
    const chatTopicArn = unlessNone(settings.chatTopicArn);
    const webhookBusName = unlessNone(settings.webhookBusName);
    // Lambda sets it. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    const region = process.env['AWS_REGION'] ?? '';
    const bucket = { name: settings.evidenceBucketName, owner: settings.evidenceBucketOwner };
    const levels = readDiskLevels(settings.diskLevels);
    const namespaces = readMetricNamespaces(environmentName, settings.namespaceLayout);
    const { executionId, conclusion, from, outputs, endedBadly } = readRecordEvent(event);
    const read = withOutputs(await client.execution(executionId), outputs);
    const execution = { ...read, documentName: read.documentName || settings.healDocumentName };
    if (conclusion === 'assessed') {
      const where = { bucket, environment: environmentName, nowMs: clock.now() };
      return keepEvidence(client, log, where, execution);
    }
    const instanceId = parameterOf(execution, 'InstanceId');
    if (conclusion === 'asks') {
      const nowMs = clock.now();
      return ask(
        client,
        { ...settings, chatTopicArn, webhookBusName, region },
        execution,
        outputs,
        nowMs,
        log,
      );
    }
    const reportKey = reportKeyOf(instanceId, executionId);
    const stored = await metadataOf(client, bucket, reportKey, log);
    const before = doneHere.get(executionId);
    const done = new Set<Delivery>([...(before?.done ?? []), ...deliveriesOf(stored, from)]);
    const thread = { executionId: before?.thread ?? stored?.[THREAD] ?? executionId };
    const missing = DELIVERIES.filter((what) => !done.has(what));
    const isRecorded = stored !== undefined && missing.length === 0;
    const recordedVerdict = isRecorded ? VERDICTS.find((each) => each === stored['verdict']) : undefined;
    // The end of every execution is an event, and HealNode has recorded most of them: EC2 and CloudWatch need not be asked.
    if (recordedVerdict !== undefined && from === 'event') {
      log.info('already recorded', { executionId, reportKey });
      const reason = 'recorded before';
      return {
        verdict: recordedVerdict,
        reason,
        reportKey,
        instanceId,
        usedPercent: null,
        until: null,
        repeated: true,
      };
    }
    const node = await describeNode(client, execution, environmentName, log);
    const reporter = diskReporter(instanceId, node.tags, namespaces);
    const nowMs = clock.now();
    const report = healReport(execution, {
      environment: environmentName,
      region,
      nodeGroup: node.tags[TAGS.nodeGroup] ?? '',
      role: node.tags[TAGS.role] ?? '',
      conclusion,
      nowMs,
      nextDatapoint: await checkAgain(client, execution, reporter, levels.warningPercent, nowMs),
      standing: node.standing,
      evidenceUrl: `s3://${bucket.name}/${assessKeyOf(instanceId, executionId)}`,
    });
    const failures: string[] = [];
    const attempt = async <T>(what: string, act: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await act();
      } catch (error) {
        failures.push(`${what}: ${describeError(error)}`);
        log.error('delivery failed', { executionId, what, why: describeError(error) });
        return undefined;
      }
    };

    if (isRecorded) {
      log.info('already recorded', { executionId, reportKey });
      const verdict = recordedVerdict ?? report.verdict;
      return { ...resultOf(report, reportKey), verdict, repeated: true };
    }

    const body = `${JSON.stringify(report, null, 2)}\n`;
    const put = (what: string): Promise<void> | Promise<undefined> =>
      attempt(what, () =>
        client.putObject(bucket, reportKey, body, {
          verdict: report.verdict,
          [DELIVERED]: [...done].join(','),
          [THREAD]: thread.executionId,
        }),
      );
    // First, and also when it is there from an earlier try: evidence before everything else.
    if (stored === undefined) await put('report');
    const context = {
      ...{ client, log, report, levels, topicArn, chatTopicArn, webhookBusName, thread, region },
      endedSilently: endedBadly && stored === undefined,
      reportUrl: `s3://${bucket.name}/${reportKey}`,
      resourceArn: arnOf(region, report.instanceId, node.accountId),
    };
    for (const what of missing) {
      if (done.has(what)) continue;
      for (const each of (await attempt(what, () => deliver(what, context))) ?? []) done.add(each);
    }
    doneHere.set(executionId, { done: [...done], thread: thread.executionId });
    await put('report with its deliveries');

    log.info('recorded', { executionId, instanceId: report.instanceId, verdict: report.verdict, reportKey });
    if (failures.length > 0)
      throw new Error(`recording ${executionId} is incomplete: ${failures.join('; ')}`);
    return { ...resultOf(report, reportKey), repeated: false };
  };
};

const unlessNone = (setting: string): string | undefined => (setting === NONE ? undefined : setting);

/** Only information about an earlier call: without it, notifying twice is better than failing. */
const metadataOf = async (
  client: RecordClient,
  bucket: OwnedBucket,
  reportKey: string,
  log: Log,
): Promise<Readonly<Record<string, string>> | undefined> => {
  try {
    return await client.reportMetadata(bucket, reportKey);
  } catch (error) {
    log.warn('could not check for an earlier report', { reportKey, why: describeError(error) });
    return undefined;
  }
};

const deliveriesOf = (
  metadata: Readonly<Record<string, string>> | undefined,
  from: 'document' | 'event',
): readonly Delivery[] => {
  if (metadata === undefined) return [];
  const listed = metadata[DELIVERED]?.split(',');
  // Without that list HealNode wrote the report and delivers the rest itself, so an event has nothing to add.
  if (listed === undefined) return from === 'event' ? DELIVERIES : [];
  return DELIVERIES.filter((what) => listed.includes(what));
};

interface Node {
  readonly tags: Readonly<Record<string, string>>;
  readonly accountId: string;
  /** undefined: EC2 could not be asked. */
  readonly standing: Pick<Observation, 'standing' | 'state'> | undefined;
}

const describeNode = async (
  client: RecordClient,
  execution: AutomationExecutionFacts,
  environmentName: string,
  log: Log,
): Promise<Node> => {
  const instanceId = parameterOf(execution, 'InstanceId');
  try {
    if (isInstanceId(instanceId)) {
      const found = await client.describeNode(instanceId);
      const lifecycle = await lifecycleOf(client, instanceId, found, (why) =>
        log.warn('could not read the Auto Scaling lifecycle of the node', { instanceId, why }),
      );
      const standing = {
        standing: standingOf(found, environmentName, lifecycle),
        state: found?.state ?? 'unknown',
      };
      return { tags: found?.tags ?? {}, accountId: found?.accountId ?? '', standing };
    }
  } catch (error) {
    // The report is worth having without its group and role.
    log.warn('the node could not be described', { instanceId, why: describeError(error) });
  }
  return { tags: {}, accountId: '', standing: undefined };
};

const resultOf = (report: HealReport, reportKey: string): Omit<RecordResult, 'repeated'> => ({
  verdict: report.verdict,
  reason: report.reason,
  reportKey,
  instanceId: report.instanceId,
  usedPercent: report.after?.usedPercent ?? report.plan?.usedPercent ?? null,
  until: report.until,
});

const arnOf = (region: string, instanceId: string, accountId: string): string | undefined => {
  if (region === '' || accountId === '' || !isInstanceId(instanceId)) return undefined;
  return `arn:${partitionOf(region)}:ec2:${region}:${accountId}:instance/${instanceId}`;
};

export const handler = createHandler(sdkClients());
