import { documentName } from '../../domain/names/naming';
import { type Assembly, type Fields, targetsTags } from '../../../packages/local-aws/src';
import type { NodeInstance } from './node-fleet';

/**
 * What the association sends to a node when it runs: PrepareNode, with the parameters of the node's group.
 * @throws when not exactly one association targets the node
 */
export const preparation = (
  assembly: Assembly,
  environmentName: string,
  { instanceId, tags }: Pick<NodeInstance, 'instanceId' | 'tags'>,
): Fields => {
  const DocumentName = documentName(environmentName, 'PrepareNode');
  const found = assembly
    .ofType('AWS::SSM::Association')
    .filter(({ properties: { Name, Targets } }) => Name === DocumentName && targetsTags(Targets, tags));
  const [association] = found;
  if (association === undefined || found.length > 1)
    throw new Error(`${found.length} associations of ${DocumentName} target ${instanceId}, not one`);
  return { DocumentName, Parameters: association.properties.Parameters };
};
