import {
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandOutput,
} from '@aws-sdk/client-ssm';
import type { ContractCase, World } from '../support/world';

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const NONE = '11111111-1111-4111-8111-111111111111';

const send =
  (document?: string, word = 'hi', to?: string) =>
  async ({ clients, commandDocument, instanceId }: World): Promise<string> => {
    const answer = (await clients.ssm.send(
      new SendCommandCommand({
        DocumentName: document ?? commandDocument,
        InstanceIds: [to ?? instanceId],
        Parameters: { Word: [word] },
      }),
    )) as SendCommandCommandOutput;
    return answer.Command?.CommandId ?? '';
  };

/** Sends a command, lets it end, and asks about it. */
const sent =
  (ask: (world: World, commandId: string) => object) =>
  async (world: World): Promise<unknown> => {
    const commandId = await send()(world);
    await world.pass(60);
    return world.clients.ssm.send(ask(world, commandId));
  };

/** moto sends to every instance of the account besides. */
const including = (instanceId: string) => expect.arrayContaining([instanceId]) as string[];

const id = (commandId: Promise<string>) => commandId.then((CommandId) => ({ CommandId }));
const accepted = { answers: () => ({ CommandId: UUID }) };

export const COMMAND_CASES: readonly ContractCase[] = [
  {
    operation: 'ssm:DescribeInstanceInformation',
    name: 'whether the agent of a node answers',
    call: ({ clients, instanceId }) =>
      clients.ssm.send(
        new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] }),
      ),
    expect: {
      answers: ({ instanceId }) => ({
        InstanceInformationList: [{ InstanceId: instanceId, PingStatus: 'Online' }],
      }),
    },
    moto: 'lacks the operation',
  },
  {
    operation: 'ssm:SendCommand',
    name: 'a document to a node',
    call: (world) =>
      world.clients.ssm.send(
        new SendCommandCommand({
          DocumentName: world.commandDocument,
          InstanceIds: [world.instanceId],
          Parameters: { Word: ['hi'] },
        }),
      ),
    expect: {
      answers: ({ commandDocument, instanceId }) => ({
        Command: {
          CommandId: UUID,
          DocumentName: commandDocument,
          InstanceIds: including(instanceId),
          Parameters: { Word: ['hi'] },
          RequestedDateTime: expect.any(Date) as Date,
        },
      }),
    },
  },
  ...(
    [
      ['a document that is not there', send('None'), 'InvalidDocument'],
      ['a parameter that its allowedPattern refuses', send(undefined, 'A;B'), 'InvalidParameters'],
      ['a node that is not there', send(undefined, 'hi', 'i-0fffffffffffffff0'), 'InvalidInstanceId'],
    ] as const
  ).map(([name, call, code]): ContractCase => ({
    operation: 'ssm:SendCommand',
    name,
    call: (world) => id(call(world)),
    expect: { fails: code },
    moto: { does: accepted, why: `SendCommand documents ${code}; moto takes any command` },
  })),
  {
    operation: 'ssm:ListCommands',
    name: 'one command by its id',
    call: sent((_world, CommandId) => new ListCommandsCommand({ CommandId })),
    expect: {
      answers: ({ commandDocument, instanceId }) => ({
        Commands: [{ DocumentName: commandDocument, InstanceIds: including(instanceId), Status: 'Success' }],
      }),
    },
  },
  {
    operation: 'ssm:GetCommandInvocation',
    name: 'a command that has ended',
    call: sent(
      ({ instanceId }, CommandId) => new GetCommandInvocationCommand({ CommandId, InstanceId: instanceId }),
    ),
    expect: {
      answers: ({ commandDocument, instanceId }) => ({
        InstanceId: instanceId,
        DocumentName: commandDocument,
        ResponseCode: 0,
        Status: 'Success',
        StandardOutputContent: '',
        StandardErrorContent: '',
      }),
    },
  },
  {
    operation: 'ssm:GetCommandInvocation',
    name: 'a command that this node never got',
    call: ({ clients, instanceId }) =>
      clients.ssm.send(new GetCommandInvocationCommand({ CommandId: NONE, InstanceId: instanceId })),
    expect: { fails: 'InvocationDoesNotExist' },
    moto: {
      does: { fails: 'InvalidCommandId' },
      why: 'GetCommandInvocation documents InvocationDoesNotExist for ids that match no invocation',
    },
  },
  {
    operation: 'ssm:ListCommandInvocations',
    name: 'the plugins of a command that has ended',
    call: sent((_world, CommandId) => new ListCommandInvocationsCommand({ CommandId, Details: true })),
    expect: {
      answers: ({ instanceId }) => ({
        CommandInvocations: [
          {
            InstanceId: instanceId,
            Status: 'Success',
            CommandPlugins: [{ Name: 'say', Status: 'Success', ResponseCode: 0, Output: '' }],
          },
        ],
      }),
    },
    moto: 'lacks the operation',
  },
];
