import { ec2Client } from '../../lib/aws/clients/ec2';
import { sqsClient } from '../../lib/aws/clients/sqs';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { means } from '../../lib/aws/errors';
import { startExecution } from '../../lib/aws/executions';
import { describeInstance, type Instance } from '../../lib/aws/instances';
import { retryMessageIn, sendMessage } from '../../lib/aws/queues';
import type { SdkClients } from '../../lib/aws/sdk';
import type { Pause } from '../../lib/domain/pause/pause';
import { connectExecutions, type ExecutionsClient } from '../shared/executions.client';
import type { Log } from '../shared/log';
import { loadPauses } from '../shared/pauses';

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
  describeNode(instanceId: string): Promise<Instance | undefined>;
  pauses(environmentName: string, log: Log): Promise<readonly Pause[]>;
  /** `duplicate`: an execution with this token was started before. */
  start(input: StartInput): Promise<{ readonly executionId: string } | 'duplicate'>;
  sendToDeadLetterQueue(queueUrl: string, body: string, deduplicationId: string): Promise<void>;
  /** Of a message that this function has received, and does not delete. */
  retryIn(seconds: number, queueUrl: string, receiptHandle: string): Promise<void>;
}

export const connect = ({ ssm, ec2, sqs }: SdkClients<'ssm' | 'ec2' | 'sqs'>): DispatchClient => ({
  executions: connectExecutions(ssm),
  describeNode: (instanceId) => describeInstance(ec2, instanceId),
  pauses: (environmentName, log) => loadPauses(ssm, environmentName, log),

  async start({ parameters, ...input }) {
    try {
      const lists = Object.entries(parameters).map(([name, value]) => [name, [value]] as const);
      const executionId = await startExecution(ssm, { ...input, parameters: Object.fromEntries(lists) });
      return { executionId: executionId ?? '' };
    } catch (error) {
      // The race this token is for: another delivery of the same alarm transition started it.
      if (means(error, 'tokenUsed')) return 'duplicate';
      throw error;
    }
  },

  sendToDeadLetterQueue: (queueUrl, body, deduplicationId) =>
    sendMessage(sqs, queueUrl, { body, groupId: 'unreadable', deduplicationId }),
  retryIn: (seconds, queueUrl, receiptHandle) => retryMessageIn(sqs, queueUrl, receiptHandle, seconds),
});

export const sdkClients = (): SdkClients<'ssm' | 'ec2' | 'sqs'> => ({
  // Retries of StartAutomationExecution count against its 1 per second; the queue is the more patient retry.
  ssm: ssmClient({ maxAttempts: 3 }),
  ec2: ec2Client(),
  sqs: sqsClient(),
});
