import { agentStatuses } from '../../lib/aws/agents';
import { ec2Client } from '../../lib/aws/clients/ec2';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { describeInstance, instancesWhere, runningInstances, type Instance } from '../../lib/aws/instances';
import type { SdkClients } from '../../lib/aws/sdk';
import { taggedWith } from '../../lib/aws/tags';
import { unsupportedInstance } from '../../lib/domain/attach/unsupported-instance';
import { AUTO_SCALING_GROUP_TAG, TAGS } from '../../lib/domain/names/naming';
import type { OperatedNode } from '../../lib/domain/operate/operate-target';

export type OperateServices = 'ec2' | 'ssm';

export type LaunchedInstance = Pick<Instance, 'instanceId' | 'launchedAtMs'>;

/** The verbs that the runbooks need of AWS. */
export interface OperateClient {
  /** undefined: EC2 does not know it, or no longer. */
  node(instanceId: string): Promise<OperatedNode | undefined>;
  /** The environment's control-plane nodes that are not gone. */
  controlPlane(environmentName: string): Promise<readonly OperatedNode[]>;
  /** The group's running instances. */
  members(environmentName: string, autoScalingGroupName: string): Promise<readonly LaunchedInstance[]>;
}

export const connect = ({ ec2, ssm }: SdkClients<OperateServices>): OperateClient => {
  const operated = async (instances: readonly Instance[]): Promise<readonly OperatedNode[]> => {
    const running = instances.filter(({ state }) => state === 'running');
    const statuses = await agentStatuses(
      ssm,
      running.map(({ instanceId }) => instanceId),
    );
    return instances.map(({ instanceId, state, tags, privateAddress, kind }) => {
      const unsupported = unsupportedInstance(kind);
      return {
        instanceId,
        state,
        environment: tags[TAGS.environment] ?? '',
        role: tags[TAGS.role] ?? '',
        address: privateAddress,
        autoScalingGroupName: tags[AUTO_SCALING_GROUP_TAG] ?? '',
        online: statuses.get(instanceId) === 'Online',
        ...(unsupported !== undefined && { unsupported }),
      };
    });
  };

  return {
    async node(instanceId) {
      const instance = await describeInstance(ec2, instanceId);
      return instance && (await operated([instance]))[0];
    },

    async controlPlane(environmentName) {
      const all = await instancesWhere(
        ec2,
        taggedWith({ [TAGS.environment]: environmentName, [TAGS.role]: 'control-plane' }),
      );
      return operated(all.filter(({ state }) => !['terminated', 'shutting-down'].includes(state)));
    },

    async members(environmentName, autoScalingGroupName) {
      const all = await runningInstances(ec2, {
        [TAGS.environment]: environmentName,
        [AUTO_SCALING_GROUP_TAG]: autoScalingGroupName,
      });
      return all.map(({ instanceId, launchedAtMs }) => ({ instanceId, launchedAtMs }));
    },
  };
};

export const sdkClients = (): SdkClients<OperateServices> => ({ ec2: ec2Client(), ssm: ssmClient() });
