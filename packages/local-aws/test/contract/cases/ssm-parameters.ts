import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import type { ContractCase, World } from '../support/world';

/** Of this world alone: worlds share an account. */
const nameOf = ({ instanceId }: World): string => `/shop/${instanceId}/applied-sizes`;

const put =
  (Value: string, Overwrite = true) =>
  (world: World): Promise<unknown> =>
    world.clients.ssm.send(
      new PutParameterCommand({ Name: nameOf(world), Value, Type: 'String', Description: 'd', Overwrite }),
    );
const get = (world: World): Promise<unknown> =>
  world.clients.ssm.send(new GetParameterCommand({ Name: nameOf(world) }));
const remove = (world: World): Promise<unknown> =>
  world.clients.ssm.send(new DeleteParameterCommand({ Name: nameOf(world) }));

export const PARAMETER_CASES: readonly ContractCase[] = [
  {
    operation: 'ssm:GetParameter',
    name: 'what was put',
    arrange: put('{"a":1}'),
    call: get,
    expect: {
      answers: (world) => ({
        Parameter: {
          Name: nameOf(world),
          Type: 'String',
          Value: '{"a":1}',
          Version: 1,
          LastModifiedDate: expect.any(Date) as Date,
        },
      }),
    },
  },
  {
    operation: 'ssm:GetParameter',
    name: 'one that is not there',
    call: get,
    expect: { fails: 'ParameterNotFound' },
  },
  {
    operation: 'ssm:PutParameter',
    name: 'again, overwriting: another version',
    arrange: put('1'),
    call: put('2'),
    expect: { answers: () => ({ Version: 2 }) },
  },
  {
    operation: 'ssm:PutParameter',
    name: 'again, without overwriting',
    arrange: put('1'),
    call: put('2', false),
    expect: { fails: 'ParameterAlreadyExists' },
  },
  {
    operation: 'ssm:PutParameter',
    name: 'more than the standard tier holds',
    call: put('x'.repeat(4_097)),
    expect: { fails: 'ValidationException' },
    moto: {
      does: { answers: () => ({ Version: 1 }) },
      why: 'a standard parameter holds 4 KB; moto takes any length',
    },
  },
  {
    operation: 'ssm:DeleteParameter',
    name: 'it is gone',
    arrange: async (world) => {
      await put('1')(world);
      await remove(world);
    },
    call: get,
    expect: { fails: 'ParameterNotFound' },
  },
  {
    operation: 'ssm:DeleteParameter',
    name: 'one that is not there',
    call: remove,
    expect: { fails: 'ParameterNotFound' },
  },
];
