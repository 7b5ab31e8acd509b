import {
  DescribeInstancesCommand,
  EC2Client,
  type DescribeInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  DescribeAutomationExecutionsCommand,
  GetAutomationExecutionCommand,
  SSMClient,
  StartAutomationExecutionCommand,
  type DescribeAutomationExecutionsCommandOutput,
  type GetAutomationExecutionCommandOutput,
  type StartAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { sdkSettings } from '../shared/sdk-settings';
import { errorCode, lazily, type SdkClients } from '../shared/sdk-shape';

/** What an instance's tags and state say. */
export interface DescribedNode {
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface StartInput {
  readonly documentName: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly clientToken: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The verbs that dispatch needs of AWS. */
export interface DispatchClient {
  /** Ids of the executions of the document that have not ended. */
  executionsInFlight(documentName: string): Promise<readonly string[]>;
  /** '' when the execution has no such parameter. */
  execution(executionId: string): Promise<{ readonly instanceId: string; readonly inFlight: boolean }>;
  /** undefined: EC2 does not know the instance. */
  describeNode(instanceId: string): Promise<DescribedNode | undefined>;
  /** `duplicate`: an execution with this token was started before. */
  start(input: StartInput): Promise<{ readonly executionId: string } | 'duplicate'>;
  sendToDeadLetterQueue(queueUrl: string, body: string, deduplicationId: string): Promise<void>;
}

/** Statuses of an execution that has not ended, of those that a document without approvals can have. */
const IN_FLIGHT_STATUSES = ['Pending', 'InProgress', 'Waiting', 'Cancelling'] as const;

export const connect = (sdk: SdkClients<'ssm' | 'ec2' | 'sqs'>): DispatchClient => ({
  async executionsInFlight(documentName) {
    const ids: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await sdk.ssm.send(
        new DescribeAutomationExecutionsCommand({
          Filters: [
            { Key: 'DocumentNamePrefix', Values: [documentName] },
            { Key: 'ExecutionStatus', Values: [...IN_FLIGHT_STATUSES] },
          ],
          MaxResults: 50,
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
      )) as DescribeAutomationExecutionsCommandOutput;
      for (const { AutomationExecutionId: id, DocumentName: name } of page.AutomationExecutionMetadataList ??
        []) {
        // The filter matches a prefix: another document's name may begin with ours.
        if (id !== undefined && name === documentName) ids.push(id);
      }
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return ids;
  },

  async execution(executionId) {
    const { AutomationExecution: execution } = (await sdk.ssm.send(
      new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
    )) as GetAutomationExecutionCommandOutput;
    const status: string = execution?.AutomationExecutionStatus ?? '';
    return {
      instanceId: execution?.Parameters?.['InstanceId']?.[0] ?? '',
      inFlight: (IN_FLIGHT_STATUSES as readonly string[]).includes(status),
    };
  },

  async describeNode(instanceId) {
    try {
      const { Reservations } = (await sdk.ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [instanceId] }),
      )) as DescribeInstancesCommandOutput;
      const instance = Reservations?.[0]?.Instances?.[0];
      if (instance === undefined) return undefined;
      const tags = (instance.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']);
      return {
        state: instance.State?.Name ?? 'unknown',
        tags: Object.fromEntries(tags) as Record<string, string>,
      };
    } catch (error) {
      // EC2 forgets an instance about an hour after its end; an id that never was has the same code.
      if (['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'].includes(errorCode(error)))
        return undefined;
      throw error;
    }
  },

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
});

export const sdkClients = (): SdkClients<'ssm' | 'ec2' | 'sqs'> => ({
  // Retries of StartAutomationExecution count against its 1 per second; the queue is the more patient retry.
  ssm: lazily(() => new SSMClient({ ...sdkSettings, maxAttempts: 3 })),
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  sqs: lazily(() => new SQSClient({ ...sdkSettings })),
});
