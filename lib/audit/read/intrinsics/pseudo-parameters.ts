import { partitionOf } from '../../../domain/names/partition';
import { ABSENT, unknownValue, type Resolved } from '../resolved';
import type { Template } from '../template';

/** `AWS::…`, as far as the template's environment is known. `AWS::NoValue` is absent. */
export const pseudoParameter = (template: Template, name: string): Resolved => {
  const known = (json: string): Resolved => ({ kind: 'plain', template, json });
  const { region, account } = template;
  const regionName = region.state === 'known' ? region.value : undefined;
  const ofRegion = (make: (region: string) => string): Resolved =>
    regionName === undefined ? unknownValue(`${name}: no environment is known`) : known(make(regionName));
  switch (name) {
    case 'AWS::NoValue':
      return ABSENT;
    case 'AWS::Region':
      return ofRegion((it) => it);
    case 'AWS::AccountId':
      return account.state === 'known'
        ? known(account.value)
        : unknownValue(`${name}: no environment is known`);
    case 'AWS::StackName':
      return known(template.stackName);
    case 'AWS::Partition':
      return ofRegion(partitionOf);
    case 'AWS::URLSuffix':
      return ofRegion((it) => (partitionOf(it) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'));
    default:
      return unknownValue(`${name} is known at deployment`);
  }
};
