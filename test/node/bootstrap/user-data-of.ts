import { controlPlaneGroup, workerGroups } from '../../../lib/config/node-groups';
import type { ProvisionedEnvironment } from '../../../lib/config/schema';
import type { NodeRole } from '../../../lib/domain/names/naming';
import { nodeUserData, type DeployedSettings, type UserData } from '../../../lib/stacks/cluster/user-data';
import { environmentOf } from '../../app/environments';

/** What a deployed stack would give. */
export const DEPLOYED: DeployedSettings = {
  apiEndpoint: 'headroom-dev-0123456789abcdef.elb.eu-central-1.amazonaws.com',
  signalUrl: '',
  joinParameters: '/headroom/dev/join/51af3dc0-da77-11e4-872e-1234567db123',
  cniManifest: '',
  metricsServerManifest: '',
};

/** User data of the first group of a role. */
export const userDataOf = (
  role: NodeRole,
  environmentName = 'dev',
  environment: ProvisionedEnvironment = environmentOf(environmentName),
  deployed = DEPLOYED,
): UserData => {
  const group = role === 'control-plane' ? controlPlaneGroup(environment) : workerGroups(environment)[0]!;
  return nodeUserData({ environmentName, environment, group, deployed });
};
