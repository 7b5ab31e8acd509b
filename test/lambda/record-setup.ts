import { createHandler } from '../../lambda/record/handler';
import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import type { HealReport } from '../../lib/domain/outcome/heal-report';
import { EXECUTION, grownExecution } from '../domain/executions';
import { INSTANCE, NOW_MS } from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';

export const BUCKET = 'evidence';
const LEVELS = { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 };
export const KEY = `reports/${INSTANCE}/${EXECUTION}.json`;
const date = (milliseconds: number | undefined) =>
  milliseconds === undefined ? undefined : new Date(milliseconds);

/** The SDK's shape of an execution. */
const described = (execution: AutomationExecutionFacts) => ({
  AutomationExecution: {
    AutomationExecutionId: execution.executionId,
    DocumentName: execution.documentName,
    AutomationExecutionStatus: execution.status,
    ExecutionStartTime: date(execution.startedAtMs),
    Parameters: execution.parameters,
    FailureMessage: execution.failureMessage,
    StepExecutions: execution.steps.map((step) => ({
      StepName: step.name,
      StepStatus: step.status,
      ExecutionStartTime: date(step.startedAtMs),
      ExecutionEndTime: date(step.endedAtMs),
      Outputs: step.outputs,
      FailureMessage: step.failureMessage,
    })),
  },
});

export interface PutInput {
  readonly Key: string;
  readonly Body: string;
  readonly Metadata: Record<string, string>;
}
export interface MetricsInput {
  readonly Namespace: string;
  readonly MetricData: {
    readonly MetricName: string;
    readonly Value: number;
    readonly Dimensions: object[];
  }[];
}

/** A bucket that keeps metadata, as S3 does. */
export const setUp = (execution = grownExecution(), answers: Answers = {}) => {
  const objects = new Map<string, PutInput>();
  const sdk = fakeSdk(['ssm', 'ec2', 'autoscaling', 's3', 'cloudwatch', 'sns', 'events'], {
    'ssm:GetAutomationExecution': () => described(execution),
    'ssm:CreateOpsItem': () => ({ OpsItemId: 'oi-1' }),
    'ec2:DescribeInstances': () => ({
      Reservations: [
        {
          OwnerId: '111122223333',
          Instances: [
            {
              Tags: [
                { Key: 'headroom:role', Value: 'control-plane' },
                { Key: 'headroom:node-group', Value: 'control-plane' },
              ],
            },
          ],
        },
      ],
    }),
    's3:HeadObject': ({ Key }: PutInput) => {
      const found = objects.get(Key);
      if (found === undefined) throw awsError('NotFound');
      return { Metadata: found.Metadata };
    },
    's3:PutObject': (input: PutInput) => {
      objects.set(input.Key, input);
      return {};
    },
    'cloudwatch:PutMetricData': () => ({}),
    'cloudwatch:GetMetricData': () => ({ MetricDataResults: [] }),
    'sns:Publish': () => ({ MessageId: 'm1' }),
    ...answers,
  });
  const { log, lines } = recordingLog();
  const clock = { now: () => NOW_MS + 120_000 };
  const handler = createHandler(sdk.clients, { clock, log });
  /** Another container: it remembers nothing. */
  const another = createHandler(sdk.clients, { clock, log });
  const metrics = (): Record<string, number> =>
    Object.fromEntries(
      sdk
        .inputs<MetricsInput>('cloudwatch:PutMetricData')
        .flatMap(({ MetricData }) => MetricData.map(({ MetricName, Value }) => [MetricName, Value] as const)),
    );
  const report = (): HealReport => JSON.parse(objects.get(KEY)?.Body ?? 'null') as HealReport;
  return { ...sdk, handler, another, objects, metrics, report, lines };
};
export const finished = { executionId: EXECUTION, conclusion: 'finished' };
export const failed = { executionId: EXECUTION, conclusion: 'failed' };

/** The variables that the construct gives. */
export const setVariables = (): void => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_NAMESPACES'] = 'separate';
  process.env['HEADROOM_ASK_SECONDS'] = '3600';
  process.env['HEADROOM_TOPIC_ARN'] = 'arn:aws:sns:ap-northeast-1:111122223333:headroom-prod';
  process.env['HEADROOM_CHAT_TOPIC_ARN'] = 'none';
  process.env['HEADROOM_WEBHOOK_BUS_NAME'] = 'none';
  process.env['HEADROOM_EVIDENCE_BUCKET_NAME'] = BUCKET;
  process.env['HEADROOM_EVIDENCE_BUCKET_OWNER'] = '111122223333';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = 'headroom-prod-HealNode';
  process.env['HEADROOM_DISK_LEVELS'] = JSON.stringify(LEVELS);
  process.env['AWS_REGION'] = 'ap-northeast-1';
};
