import { known, unknown, type Fact } from '../facts';
import { own } from './json';
import type { ReadContext } from './place';
import type { Resource } from './stack-set';

/**
 * Whether an Auto Scaling group's UpdatePolicy exchanges its nodes when the launch template changes.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
 */
export const exchangesNodes = ({ resolver }: ReadContext, resource: Resource): Fact<boolean> => {
  const json = own(resource.json, 'UpdatePolicy');
  if (json === undefined) return known(false);
  const policy = resolver.resolve(resource.template, json);
  if (policy.kind === 'absent') return known(false);
  if (policy.kind !== 'plain') return unknown('its UpdatePolicy cannot be resolved');
  if (resolver.field(policy, 'AutoScalingRollingUpdate').kind !== 'absent') return known(true);
  const replaces = resolver.path(policy, 'AutoScalingReplacingUpdate', 'WillReplace');
  if (replaces.kind === 'absent') return known(false);
  return replaces.kind === 'plain'
    ? known(replaces.json === true || replaces.json === 'true')
    : unknown('WillReplace of its UpdatePolicy cannot be resolved');
};
