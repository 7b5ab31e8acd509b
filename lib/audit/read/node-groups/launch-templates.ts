import { absent } from '../../facts';
import { launchFromSpecification, launchTemplate, type Launch } from '../launch';
import type { ReadContext } from '../place';
import type { Resolved } from '../resolved';
import type { Resource } from '../stack-set';
import { launchedTypes } from './instance-types';
import { readGroup, type ReadGroup } from './read-group';

/** Reads launch templates, and remembers which ones something here starts machines from. */
export class LaunchTemplates {
  private readonly used = new Set<Resource>();

  constructor(private readonly context: ReadContext) {}

  /** Of a `LaunchTemplate` property, whose template is used by that. */
  use(specification: Resolved): Launch {
    const launch = launchFromSpecification(this.context, specification);
    if (launch.resource) this.used.add(launch.resource);
    return launch;
  }

  /** A group for each that nothing used: what is outside of the templates may start machines from it. */
  unused(resources: readonly Resource[]): readonly ReadGroup[] {
    return resources
      .filter((resource) => resource.type === 'AWS::EC2::LaunchTemplate' && !this.used.has(resource))
      .map((resource) => {
        const launch = launchTemplate(this.context, resource);
        return readGroup(this.context, {
          ...{ kind: 'launch-template', resource, launch, instanceTypes: launchedTypes(launch) },
          nodes: { min: absent, desired: absent, max: absent },
        });
      });
  }
}
