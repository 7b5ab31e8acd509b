import { CreateOpsItemCommand, GetOpsItemCommand, UpdateOpsItemCommand } from '@aws-sdk/client-ssm';
import type { ContractCase, World } from '../support/world';

const item = (dedupString: string) =>
  new CreateOpsItemCommand({
    Title: 'disk full',
    Source: 'Shop',
    Description: 'words',
    Severity: '1',
    OperationalData: {
      '/aws/dedup': { Type: 'SearchableString', Value: JSON.stringify({ dedupString }) },
    },
  });

const opened = async ({ clients }: World): Promise<string> =>
  ((await clients.ssm.send(item('i-1'))) as { OpsItemId: string }).OpsItemId;

const CASES: readonly Omit<ContractCase, 'moto'>[] = [
  {
    operation: 'ssm:CreateOpsItem',
    name: 'a new one',
    call: ({ clients }) => clients.ssm.send(item('i-1')),
    expect: { answers: () => ({ OpsItemId: expect.stringMatching(/^oi-[0-9a-f]{12}$/) as string }) },
  },
  {
    operation: 'ssm:CreateOpsItem',
    name: 'one with the dedup string of another that is open',
    arrange: ({ clients }) => clients.ssm.send(item('i-1')),
    call: ({ clients }) => clients.ssm.send(item('i-1')),
    expect: { fails: 'OpsItemAlreadyExistsException' },
  },
  {
    operation: 'ssm:UpdateOpsItem',
    name: 'new facts; data that is not named stays',
    call: async (world) => {
      const OpsItemId = await opened(world);
      const memory = { Type: 'String', Value: '{}' } as const;
      await world.clients.ssm.send(
        new UpdateOpsItemCommand({ OpsItemId, Title: 'worse', OperationalData: { memory } }),
      );
      return world.clients.ssm.send(new GetOpsItemCommand({ OpsItemId }));
    },
    expect: {
      answers: () => ({
        OpsItem: {
          Title: 'worse',
          Description: 'words',
          Status: 'Open',
          OperationalData: {
            memory: { Type: 'String', Value: '{}' },
            '/aws/dedup': { Type: 'SearchableString', Value: '{"dedupString":"i-1"}' },
          },
        },
      }),
    },
  },
  {
    operation: 'ssm:UpdateOpsItem',
    name: 'one that is not there',
    call: ({ clients }) =>
      clients.ssm.send(new UpdateOpsItemCommand({ OpsItemId: 'oi-000000000000', Title: 'x' })),
    expect: { fails: 'OpsItemNotFoundException' },
  },
  {
    operation: 'ssm:GetOpsItem',
    name: 'one that is not there',
    call: ({ clients }) => clients.ssm.send(new GetOpsItemCommand({ OpsItemId: 'oi-000000000000' })),
    expect: { fails: 'OpsItemNotFoundException' },
  },
];

export const OPS_ITEM_CASES: readonly ContractCase[] = CASES.map((each) => ({
  ...each,
  moto: 'lacks the operation',
}));
