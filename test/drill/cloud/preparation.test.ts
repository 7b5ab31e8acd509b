import type { Assembly } from '../../../packages/local-aws/src';
import { preparation } from '../../../lib/drill/cloud/preparation';

const association = (Name: string, group: string, GuardReclaims: string) => ({
  properties: {
    ...{ Name, Parameters: { GuardReclaims: [GuardReclaims] } },
    Targets: [{ Key: 'tag:headroom:node-group', Values: [group] }],
  },
});
const assemblyOf = (...resources: object[]) => ({ ofType: () => resources }) as unknown as Assembly;
const of = (group: string) => ({ instanceId: 'i-1', tags: { 'headroom:node-group': group } });

describe('what prepares a node', () => {
  const assembly = assemblyOf(
    association('headroom-dev-ConfigureAgent', 'batch', 'no'),
    association('headroom-dev-PrepareNode', 'batch', 'false'),
    association('headroom-dev-PrepareNode', 'general', 'true'),
  );

  it("is the association of the node's group, with its parameters", () => {
    expect(preparation(assembly, 'dev', of('batch'))).toEqual({
      ...{ DocumentName: 'headroom-dev-PrepareNode', Parameters: { GuardReclaims: ['false'] } },
    });
  });

  it('is an error where none, or more than one, targets the node', () => {
    expect(() => preparation(assembly, 'dev', of('other'))).toThrow('0 associations');
    const two = association('headroom-dev-PrepareNode', 'batch', 'true');
    expect(() => preparation(assemblyOf(two, two), 'dev', of('batch'))).toThrow('2 associations');
  });
});
