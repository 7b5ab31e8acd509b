import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { PutParameterCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { TAGS, documentName, pauseParameterName } from '../../domain/names/naming';
import { parameterValue } from '../parameter.client';
import type { SdkShapedClient } from '../sdk-shape';

/** What pausing needs of AWS. Each one throws what the SDK throws. */
export interface PauseClient {
  readText(environmentName: string): Promise<string>;
  writeText(environmentName: string, text: string): Promise<void>;
  /** Tells the guards of a node group to free nothing until then; 0: to resume. Nodes whose agent is offline do not receive it. */
  pauseGuards(environmentName: string, nodeGroup: string, untilEpochSeconds: number): Promise<void>;
  publish(topicArn: string, subject: string, message: string): Promise<void>;
}

/** An agent that takes no command for so long is offline. Seconds. */
const DELIVERY_SECONDS = 600;

export const pauseClient = ({
  ssm,
  sns,
}: {
  readonly ssm: SdkShapedClient;
  readonly sns: SdkShapedClient;
}): PauseClient => ({
  readText: (environmentName) => parameterValue(ssm, pauseParameterName(environmentName)),

  async writeText(environmentName, text) {
    await ssm.send(
      new PutParameterCommand({ Name: pauseParameterName(environmentName), Value: text, Overwrite: true }),
    );
  },

  async pauseGuards(environmentName, nodeGroup, untilEpochSeconds) {
    await ssm.send(
      new SendCommandCommand({
        DocumentName: documentName(environmentName, 'PauseGuard'),
        // Several targets by tag mean the nodes that have all of them.
        // https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-multiple.html
        Targets: [
          { Key: `tag:${TAGS.environment}`, Values: [environmentName] },
          { Key: `tag:${TAGS.nodeGroup}`, Values: [nodeGroup] },
        ],
        Parameters: { UntilEpochSeconds: [String(untilEpochSeconds)] },
        TimeoutSeconds: DELIVERY_SECONDS,
        MaxConcurrency: '100%',
        MaxErrors: '100%',
      }),
    );
  },

  async publish(topicArn, subject, message) {
    await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
  },
});

/** With the credentials that the SDK finds itself. */
export const awsPauseClient = (region: string): PauseClient => {
  const settings = { region, maxAttempts: 4 };
  return pauseClient({ ssm: new SSMClient(settings), sns: new SNSClient(settings) });
};
