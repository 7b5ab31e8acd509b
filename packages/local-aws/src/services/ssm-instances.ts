import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { fields, list, optional, text, texts, type Fields } from '../values/fields';
import type { ModelledInstance } from '../fleet/instances';
import type { Service } from '../api/local-aws';
import { onEverything } from './access';
import { page } from './ec2-filters';

export interface ManagedInstanceState {
  readonly clock: Clock;
  readonly instances: readonly ModelledInstance[];
  /** Whether the instance's agent answers. */
  online(instance: ModelledInstance): Promise<boolean>;
}

/** `Filters: [{Key: InstanceIds, Values: […]}]`. @throws InvalidInstanceInformationFilterValue for another key */
function passes(filters: unknown, { instanceId }: ModelledInstance): boolean {
  return optional(filters, 'Filters', list, []).every((item) => {
    const filter = fields(item, 'Filters');
    const key = text(filter.Key, 'Filters Key');
    if (key !== 'InstanceIds') {
      throw new AwsError('InvalidInstanceInformationFilterValue', `The filter key ${key} is not known here.`);
    }
    return texts(filter.Values, `Filters ${key}`).includes(instanceId);
  });
}

export const managedInstanceOperations = (state: ManagedInstanceState): Service => ({
  DescribeInstanceInformation: {
    input: { Filters: 'list', MaxResults: 'number', NextToken: 'string' },
    access: onEverything('ssm:DescribeInstanceInformation'),
    run: async (input) => {
      const chosen = state.instances.filter((instance) => passes(input.Filters, instance));
      const { items, next } = page(chosen, input.MaxResults, input.NextToken);
      const described: Fields[] = [];
      for (const instance of items) {
        described.push({
          InstanceId: instance.instanceId,
          PingStatus: (await state.online(instance)) ? 'Online' : 'ConnectionLost',
          LastPingDateTime: state.clock.now(),
          AgentVersion: '3.3.2746.0',
          PlatformType: 'Linux',
          ResourceType: 'EC2Instance',
          IPAddress: instance.privateIp,
        });
      }
      return { InstanceInformationList: described, ...(next === undefined ? {} : { NextToken: next }) };
    },
  },
});
