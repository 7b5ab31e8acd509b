import { EC2Client } from '@aws-sdk/client-ec2';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  SSMClient,
  StartAutomationExecutionCommand,
  type StartAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Pause } from '../../lib/domain/pause/pause';
import { connectExecutions, type ExecutionsClient } from '../shared/executions.client';
import { describeInstance, type DescribedInstance } from '../shared/instances.client';
import type { Log } from '../shared/log';
import { loadPauses } from '../shared/pauses';
import { sdkSettings } from '../shared/sdk-settings';
import { errorCode, lazily, type SdkClients } from '../shared/sdk-shape';

export interface StartInput {
  readonly documentName: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly clientToken: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The verbs that dispatch needs of AWS. */
export interface DispatchClient {
  readonly executions: Pick<ExecutionsClient, 'inFlight' | 'execution' | 'instanceOf' | 'since'>;
  /** undefined: EC2 does not know the instance. */
  describeNode(instanceId: string): Promise<DescribedInstance | undefined>;
  pauses(environmentName: string, log: Log): Promise<readonly Pause[]>;
  /** `duplicate`: an execution with this token was started before. */
  start(input: StartInput): Promise<{ readonly executionId: string } | 'duplicate'>;
  sendToDeadLetterQueue(queueUrl: string, body: string, deduplicationId: string): Promise<void>;
  /** Of a message that this function has received, and does not delete. */
  retryIn(seconds: number, queueUrl: string, receiptHandle: string): Promise<void>;
}

export const connect = (sdk: SdkClients<'ssm' | 'ec2' | 'sqs'>): DispatchClient => ({
  executions: connectExecutions(sdk.ssm),

  describeNode: (instanceId) => describeInstance(sdk.ec2, instanceId),

  pauses: (environmentName, log) => loadPauses(sdk.ssm, environmentName, log),

  async start({ documentName, parameters, clientToken, tags }) {
    try {
      const { AutomationExecutionId } = (await sdk.ssm.send(
        new StartAutomationExecutionCommand({
          DocumentName: documentName,
          Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
          ClientToken: clientToken,
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        }),
      )) as StartAutomationExecutionCommandOutput;
      return { executionId: AutomationExecutionId ?? '' };
    } catch (error) {
      // The race this token is for: another delivery of the same alarm transition started it.
      if (errorCode(error) === 'IdempotentParameterMismatch') return 'duplicate';
      throw error;
    }
  },

  async sendToDeadLetterQueue(queueUrl, body, deduplicationId) {
    await sdk.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageGroupId: 'unreadable',
        MessageDeduplicationId: deduplicationId,
      }),
    );
  },

  async retryIn(seconds, queueUrl, receiptHandle) {
    await sdk.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  },
});

export const sdkClients = (): SdkClients<'ssm' | 'ec2' | 'sqs'> => ({
  // Retries of StartAutomationExecution count against its 1 per second; the queue is the more patient retry.
  ssm: lazily(() => new SSMClient({ ...sdkSettings, maxAttempts: 3 })),
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  sqs: lazily(() => new SQSClient({ ...sdkSettings })),
});
