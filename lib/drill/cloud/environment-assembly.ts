import { resourcePrefix } from '../../domain/names/naming';
import { Assembly } from '../../../packages/local-aws/src';

/**
 * The stacks of one environment.
 * @param directory the cloud assembly, e.g. `cdk.out`
 * @throws when it has none of the environment; names the stacks it has
 */
export const openEnvironment = (directory: string, environmentName: string): Assembly =>
  Assembly.open(directory, `${resourcePrefix(environmentName)}-`);
