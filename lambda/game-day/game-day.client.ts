import { ec2Client } from '../../lib/aws/clients/ec2';
import { snsClient } from '../../lib/aws/clients/sns';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { getExecution } from '../../lib/aws/executions';
import { runningInstances } from '../../lib/aws/instances';
import type { SdkClients } from '../../lib/aws/sdk';
import { publish } from '../../lib/aws/topics';
import { TAGS } from '../../lib/domain/names/naming';
import type { GameDayNode } from '../../lib/domain/operate/game-day';

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

export const connect = ({ ec2, ssm, sns }: SdkClients<GameDayServices>): GameDayClient => ({
  async nodes(environmentName) {
    const running = await runningInstances(ec2, { [TAGS.environment]: environmentName });
    return running.map(({ instanceId, tags, launchedAtMs }) => ({
      instanceId,
      nodeGroup: tags[TAGS.nodeGroup] ?? '',
      launchedAtMs,
    }));
  },

  async step(executionId, name) {
    const { steps } = await getExecution(ssm, executionId);
    const step = steps.find((each) => each.name === name);
    return {
      status: step?.status ?? '',
      startedAtMs: step?.startedAtMs,
      failureMessage: step?.failureMessage ?? '',
      output: step?.outputs['Output']?.[0] ?? '',
    };
  },

  publish: (topicArn, subject, message) => publish(sns, topicArn, subject, message),
});

export const sdkClients = (): SdkClients<GameDayServices> => ({
  ec2: ec2Client(),
  ssm: ssmClient(),
  sns: snsClient(),
});
