import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { chunks, everyPage, type SdkClient } from './sdk';

/** Ids that the filter takes, and agents of a page. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstanceInformation.html */
const AGENTS_PER_CALL = 50;

/** Instance id → ping status of its agent, e.g. `Online`; none for one that never registered. @throws what the SDK throws */
export const agentStatuses = async (
  ssm: SdkClient,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const statuses = new Map<string, string>();
  for (const Values of chunks(instanceIds, AGENTS_PER_CALL)) {
    const agents = await everyPage(
      ssm,
      DescribeInstanceInformationCommand,
      { Filters: [{ Key: 'InstanceIds', Values }], MaxResults: AGENTS_PER_CALL },
      ({ InstanceInformationList = [] }) => InstanceInformationList,
    );
    for (const { InstanceId, PingStatus } of agents)
      if (InstanceId !== undefined && PingStatus !== undefined) statuses.set(InstanceId, PingStatus);
  }
  return statuses;
};
