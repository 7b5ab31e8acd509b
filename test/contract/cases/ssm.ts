import {
  DescribeAutomationExecutionsCommand,
  DescribeInstanceInformationCommand,
  GetAutomationExecutionCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
  type SendCommandCommandOutput,
  type StartAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { AUTOMATION, type ContractCase, type World } from '../support/world';

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const NONE = '11111111-1111-4111-8111-111111111111';
const TOKEN = '22222222-2222-4222-8222-222222222222';

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

const COMMAND_CASES: readonly ContractCase[] = [
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
          ...{ DocumentName: world.commandDocument, InstanceIds: [world.instanceId] },
          Parameters: { Word: ['hi'] },
        }),
      ),
    expect: {
      answers: ({ commandDocument, instanceId }) => ({
        Command: {
          ...{ CommandId: UUID, DocumentName: commandDocument, InstanceIds: including(instanceId) },
          ...{ Parameters: { Word: ['hi'] }, RequestedDateTime: expect.any(Date) as Date },
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
        ...{ InstanceId: instanceId, DocumentName: commandDocument, ResponseCode: 0 },
        ...{ Status: 'Success', StandardOutputContent: '', StandardErrorContent: '' },
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
            ...{ InstanceId: instanceId, Status: 'Success' },
            CommandPlugins: [{ Name: 'say', Status: 'Success', ResponseCode: 0, Output: '' }],
          },
        ],
      }),
    },
    moto: 'lacks the operation',
  },
];

const start =
  (more: object = {}) =>
  ({ clients, instanceId }: World): Promise<unknown> =>
    clients.ssm.send(
      new StartAutomationExecutionCommand({
        DocumentName: AUTOMATION,
        Parameters: { InstanceId: [instanceId] },
        ClientToken: TOKEN,
        ...more,
      }),
    );

const started = async (world: World): Promise<string> =>
  ((await start()(world)) as StartAutomationExecutionCommandOutput).AutomationExecutionId ?? '';

const inFlight = ({ clients }: World): Promise<unknown> =>
  clients.ssm.send(
    new DescribeAutomationExecutionsCommand({
      Filters: [
        { Key: 'DocumentNamePrefix', Values: [AUTOMATION] },
        { Key: 'ExecutionStatus', Values: ['Pending', 'InProgress'] },
      ],
    }),
  );

const get =
  (after: number) =>
  async (world: World): Promise<unknown> => {
    const AutomationExecutionId = await started(world);
    await world.pass(after);
    return world.clients.ssm.send(new GetAutomationExecutionCommand({ AutomationExecutionId }));
  };

const LACKED_BY_MOTO: readonly Omit<ContractCase, 'moto'>[] = [
  {
    operation: 'ssm:StartAutomationExecution',
    name: 'the same token twice is the same execution',
    arrange: start(),
    call: start(),
    expect: { answers: () => ({ AutomationExecutionId: UUID }) },
  },
  {
    operation: 'ssm:StartAutomationExecution',
    name: 'the same token with other parameters',
    arrange: start(),
    call: start({ Parameters: { InstanceId: ['i-0fffffffffffffff0'] } }),
    expect: { fails: 'IdempotentParameterMismatch' },
  },
  {
    operation: 'ssm:DescribeAutomationExecutions',
    name: 'what is in flight, without parameters',
    arrange: start(),
    call: inFlight,
    expect: {
      answers: () => ({
        AutomationExecutionMetadataList: [
          {
            ...{ AutomationExecutionId: UUID, DocumentName: AUTOMATION, AutomationType: 'Local' },
            ...{ AutomationExecutionStatus: 'InProgress', ExecutionStartTime: expect.any(Date) as Date },
          },
        ],
      }),
    },
  },
  {
    operation: 'ssm:DescribeAutomationExecutions',
    name: 'what has ended is not in flight',
    arrange: async (world) => [await start()(world), await world.pass(61)],
    call: inFlight,
    expect: { answers: () => ({ AutomationExecutionMetadataList: [] }) },
  },
  {
    operation: 'ssm:GetAutomationExecution',
    name: 'an execution that has ended, with its steps and times',
    call: get(61),
    expect: {
      answers: ({ instanceId }) => ({
        AutomationExecution: {
          ...{ DocumentName: AUTOMATION, AutomationExecutionStatus: 'Success' },
          ...{ ExecutionStartTime: expect.any(Date) as Date, ExecutionEndTime: expect.any(Date) as Date },
          Parameters: { InstanceId: [instanceId] },
          StepExecutions: [{ StepName: 'rest', Action: 'aws:sleep', StepStatus: 'Success' }],
        },
      }),
    },
  },
  {
    operation: 'ssm:GetAutomationExecution',
    name: 'an execution that is not there',
    call: ({ clients }) =>
      clients.ssm.send(new GetAutomationExecutionCommand({ AutomationExecutionId: NONE })),
    expect: { fails: 'AutomationExecutionNotFoundException' },
  },
  {
    operation: 'ssm:StopAutomationExecution',
    name: 'an execution in flight',
    call: async (world) =>
      world.clients.ssm.send(
        new StopAutomationExecutionCommand({
          AutomationExecutionId: await started(world),
          Type: 'Cancel',
        }),
      ),
    expect: { answers: () => ({}) },
  },
];

export const SSM_CASES: readonly ContractCase[] = [
  ...COMMAND_CASES,
  ...LACKED_BY_MOTO.map((each): ContractCase => ({ ...each, moto: 'lacks the operation' })),
];
