import { ec2Client } from '../../lib/aws/clients/ec2';
import { sqsClient } from '../../lib/aws/clients/sqs';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { runningInstances } from '../../lib/aws/instances';
import { deleteParameter, parameterValue, putParameter } from '../../lib/aws/parameters';
import { sendMessage } from '../../lib/aws/queues';
import type { SdkClients } from '../../lib/aws/sdk';
import { TAGS } from '../../lib/domain/names/naming';
import type { SizedNode } from '../../lib/domain/sizing/size-progress';
import type { SweepMessage } from '../../lib/domain/sweep/sweep-message';
import { readDeclaredVolumes } from '../shared/declared-volumes';

/** The verbs that a deploy needs of AWS. */
export interface SizesClient {
  /** Running nodes of the environment whose group is one of these. @param sizes node group → GiB */
  nodes(environmentName: string, sizes: Readonly<Record<string, number>>): Promise<readonly SizedNode[]>;
  send(queueUrl: string, message: SweepMessage): Promise<void>;
  /** undefined: nothing was deployed before, or someone removed it to begin anew. */
  parameter(name: string): Promise<string | undefined>;
  putParameter(name: string, value: string, description: string): Promise<void>;
  /** One that is not there is no error. */
  deleteParameter(name: string): Promise<void>;
}

export type SizesServices = 'ec2' | 'ssm' | 'sqs';

export const connect = ({ ec2, ssm, sqs }: SdkClients<SizesServices>): SizesClient => ({
  async nodes(environmentName, sizes) {
    const running = await runningInstances(ec2, { [TAGS.environment]: environmentName });
    const own = running.filter(({ tags }) => Object.hasOwn(sizes, tags[TAGS.nodeGroup] ?? ''));
    const volumes = await readDeclaredVolumes(ec2, own, sizes);
    return own.map(({ instanceId, tags, launchedAtMs }) => ({
      instanceId,
      launchedAtMs,
      nodeGroup: tags[TAGS.nodeGroup] ?? '',
      volume: volumes.get(instanceId),
    }));
  },

  send: (queueUrl, { body, ...message }) =>
    sendMessage(sqs, queueUrl, { ...message, body: JSON.stringify(body) }),
  parameter: (name) => parameterValue(ssm, name),
  putParameter: (name, value, description) => putParameter(ssm, name, value, description),
  deleteParameter: (name) => deleteParameter(ssm, name),
});

export const sdkClients = (): SdkClients<SizesServices> => ({
  ec2: ec2Client(),
  ssm: ssmClient(),
  sqs: sqsClient(),
});
