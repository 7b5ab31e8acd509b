import { EC2Client } from '@aws-sdk/client-ec2';
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { SizedNode } from '../../lib/domain/sizing/size-progress';
import type { SweepMessage } from '../../lib/domain/sweep/sweep-message';
import { TAGS } from '../../lib/domain/names/naming';
import { readDeclaredVolumes } from '../shared/declared-volumes';
import { parameterValue } from '../shared/parameter.client';
import { runningNodes } from '../shared/running-nodes.client';
import { sdkSettings } from '../shared/sdk-settings';
import { errorCode, lazily, type SdkClients } from '../shared/sdk-shape';

/** The verbs that a deploy needs of AWS. */
export interface SizesClient {
  /** Running nodes of the environment whose group is one of these. @param sizes node group → GiB */
  nodes(environmentName: string, sizes: Readonly<Record<string, number>>): Promise<readonly SizedNode[]>;
  send(queueUrl: string, message: SweepMessage): Promise<void>;
  /** undefined: there is no such parameter. */
  parameter(name: string): Promise<string | undefined>;
  putParameter(name: string, value: string, description: string): Promise<void>;
  /** One that is not there is no error. */
  deleteParameter(name: string): Promise<void>;
}

export type SizesServices = 'ec2' | 'ssm' | 'sqs';

export const connect = (sdk: SdkClients<SizesServices>): SizesClient => ({
  async nodes(environmentName, sizes) {
    const running = await runningNodes(sdk.ec2, { key: TAGS.environment, value: environmentName });
    const own = running.filter(({ tags }) => Object.hasOwn(sizes, tags[TAGS.nodeGroup] ?? ''));
    const volumes = await readDeclaredVolumes(sdk.ec2, own, sizes);
    return own.map(({ instanceId, tags, launchedAtMs }) => ({
      ...{ instanceId, launchedAtMs, nodeGroup: tags[TAGS.nodeGroup] ?? '' },
      volume: volumes.get(instanceId),
    }));
  },

  async send(queueUrl, { body, groupId, deduplicationId }) {
    await sdk.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(body),
        MessageGroupId: groupId,
        MessageDeduplicationId: deduplicationId,
      }),
    );
  },

  // undefined: nothing was deployed before, or someone removed it to begin anew.
  parameter: (name) => parameterValue(sdk.ssm, name),

  async putParameter(name, value, description) {
    await sdk.ssm.send(
      new PutParameterCommand({
        ...{ Name: name, Value: value, Description: description },
        ...{ Type: 'String', Overwrite: true },
      }),
    );
  },

  async deleteParameter(name) {
    try {
      await sdk.ssm.send(new DeleteParameterCommand({ Name: name }));
    } catch (error) {
      // It is as it should be.
      if (errorCode(error) !== 'ParameterNotFound') throw error;
    }
  },
});

export const sdkClients = (): SdkClients<SizesServices> => ({
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  ssm: lazily(() => new SSMClient({ ...sdkSettings })),
  sqs: lazily(() => new SQSClient({ ...sdkSettings })),
});
