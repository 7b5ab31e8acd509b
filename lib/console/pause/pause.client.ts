import { snsClient } from '../../aws/clients/sns';
import { ssmClient } from '../../aws/clients/ssm';
import { sendCommand } from '../../aws/commands';
import { putParameter, readParameter } from '../../aws/parameters';
import type { SdkClients } from '../../aws/sdk';
import { publish } from '../../aws/topics';
import { TAGS, documentName, pauseParameterName } from '../../domain/names/naming';

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

export const pauseClient = ({ ssm, sns }: SdkClients<'ssm' | 'sns'>): PauseClient => ({
  readText: (environmentName) => readParameter(ssm, pauseParameterName(environmentName)),
  writeText: (environmentName, text) => putParameter(ssm, pauseParameterName(environmentName), text),

  async pauseGuards(environmentName, nodeGroup, untilEpochSeconds) {
    await sendCommand(ssm, {
      documentName: documentName(environmentName, 'PauseGuard'),
      to: { tags: { [TAGS.environment]: environmentName, [TAGS.nodeGroup]: nodeGroup } },
      parameters: { UntilEpochSeconds: [String(untilEpochSeconds)] },
      deliverySeconds: DELIVERY_SECONDS,
    });
  },

  publish: (topicArn, subject, message) => publish(sns, topicArn, subject, message),
});

/** With the credentials that the SDK finds itself. */
export const awsPauseClient = (region: string): PauseClient =>
  pauseClient({ ssm: ssmClient({ region }), sns: snsClient({ region }) });
