import {
  DescribeInstancesCommand,
  EC2Client,
  type DescribeInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  GetAutomationExecutionCommand,
  SSMClient,
  type GetAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { GameDayNode } from '../../lib/domain/operate/game-day';
import { TAGS } from '../../lib/domain/names/naming';
import { sdkSettings } from '../shared/sdk-settings';
import { lazily, type SdkClients } from '../shared/sdk-shape';

export type GameDayServices = 'ec2' | 'ssm' | 'sns';

/** How a step of the game day's own execution went. */
export interface GameDayStep {
  /** Automation's own word, e.g. `Success`. */
  readonly status: string;
  /** undefined: it did not run. Milliseconds since the epoch. */
  readonly startedAtMs: number | undefined;
  readonly failureMessage: string;
  /** What the command printed; '' when it printed nothing. */
  readonly output: string;
}

/** The verbs that a game day needs of AWS, beside those for healings. */
export interface GameDayClient {
  /** The environment's running nodes. */
  nodes(environmentName: string): Promise<readonly GameDayNode[]>;
  step(executionId: string, name: string): Promise<GameDayStep>;
  publish(topicArn: string, subject: string, message: string): Promise<void>;
}

export const connect = (sdk: SdkClients<GameDayServices>): GameDayClient => ({
  async nodes(environmentName) {
    const found: GameDayNode[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await sdk.ec2.send(
        new DescribeInstancesCommand({
          Filters: [
            { Name: `tag:${TAGS.environment}`, Values: [environmentName] },
            { Name: 'instance-state-name', Values: ['running'] },
          ],
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
      )) as DescribeInstancesCommandOutput;
      for (const { InstanceId, LaunchTime, Tags } of (page.Reservations ?? []).flatMap(
        ({ Instances }) => Instances ?? [],
      )) {
        if (InstanceId === undefined) continue;
        const nodeGroup = Tags?.find(({ Key }) => Key === TAGS.nodeGroup)?.Value ?? '';
        found.push({ instanceId: InstanceId, nodeGroup, launchedAtMs: LaunchTime?.getTime() });
      }
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return found;
  },

  async step(executionId, name) {
    const { AutomationExecution: execution } = (await sdk.ssm.send(
      new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
    )) as GetAutomationExecutionCommandOutput;
    const step = execution?.StepExecutions?.find(({ StepName }) => StepName === name);
    return {
      status: step?.StepStatus ?? '',
      startedAtMs: step?.ExecutionStartTime?.getTime(),
      failureMessage: step?.FailureMessage ?? '',
      output: step?.Outputs?.['Output']?.[0] ?? '',
    };
  },

  async publish(topicArn, subject, message) {
    await sdk.sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
  },
});

export const sdkClients = (): SdkClients<GameDayServices> => ({
  ec2: lazily(() => new EC2Client(sdkSettings)),
  ssm: lazily(() => new SSMClient(sdkSettings)),
  sns: lazily(() => new SNSClient(sdkSettings)),
});
