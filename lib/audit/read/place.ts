import type { Place, Unreadable } from '../facts';
import { readMetadata } from './metadata';
import { ownObject, ownText } from './json';
import type { Resolver } from './resolver';
import type { Resource } from './stack-set';

export interface ReadContext {
  readonly resolver: Resolver;
  readonly unreadable: Unreadable[];
}

export const placeOf = ({ resolver }: ReadContext, resource: Resource): Place => {
  const { template, logicalId, type } = resource;
  const constructPath = ownText(ownObject(resource.json, 'Metadata'), 'aws:cdk:path');
  const line = template.lines.get(logicalId);
  const { declaredIn } = readMetadata(resolver, resource);
  return {
    file: template.file,
    stackName: template.stackName,
    logicalId,
    resourceType: type,
    ...(constructPath !== undefined && { constructPath }),
    ...(line !== undefined && { line }),
    ...(declaredIn && { declaredIn }),
  };
};

/** The same in base and head. */
export const idOf = ({ template, logicalId, json }: Resource): string =>
  ownText(ownObject(json, 'Metadata'), 'aws:cdk:path') ?? `${template.stackName}/${logicalId}`;
