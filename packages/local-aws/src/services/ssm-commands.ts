import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { documentParameters, type ParameterValues, type SsmDocument } from '../automation/documents';
import {
  errorMessage,
  flag,
  list,
  fields,
  number,
  optional,
  text,
  texts,
  type Fields,
} from '../values/fields';
import type { ModelledInstance, Tags } from '../fleet/instances';
import { uuidFrom } from '../values/ids';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
import { combinedOutput, executionSeconds, type PluginResult } from '../agent/run-command';
import { onEverything, serviceArn, tagContext } from './access';

export interface CommandState {
  readonly clock: Clock;
  readonly place: Place;
  readonly documents: readonly SsmDocument[];
  readonly instances: readonly ModelledInstance[];
  /** The agent's part; a rejection is an error of the run, not of the command. */
  run(
    instance: ModelledInstance,
    commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
    /** How long the command waits for the agent. */
    deliverySeconds: number,
  ): Promise<readonly PluginResult[]>;
  inBackground(what: string, work: Promise<void>): void;
}

interface Invocation {
  readonly commandId: string;
  readonly instanceId: string;
  readonly documentName: string;
  readonly requestedAt: Date;
  /** When one that no agent took is reported as timed out: until then it is in progress, though it runs no more. */
  readonly expiresAt: () => Date;
  status: 'InProgress' | 'Success' | 'Failed' | 'TimedOut';
  plugins: readonly PluginResult[];
  endedAt?: Date;
}

const DEFAULT_DELIVERY_SECONDS = 3600;

const STATUS_DETAILS = {
  InProgress: 'InProgress',
  Success: 'Success',
  Failed: 'Failed',
  TimedOut: 'ExecutionTimedOut',
} as const;

const pluginFields = (plugin: PluginResult): Fields => ({
  Name: plugin.name,
  Status: plugin.status,
  StatusDetails: STATUS_DETAILS[plugin.status],
  ResponseCode: plugin.responseCode,
  Output: combinedOutput(plugin),
});

/** Witness: amazon-ssm-agent@1c217c89 agent/contracts/aggregator.go DocumentResultAggregator. */
const commandStatus = (plugins: readonly PluginResult[]): Invocation['status'] =>
  (['Failed', 'TimedOut'] as const).find((status) => plugins.some((plugin) => plugin.status === status)) ??
  'Success';

function checkLimits(input: Fields): void {
  const seconds = optional(input.TimeoutSeconds, 'TimeoutSeconds', number, DEFAULT_DELIVERY_SECONDS);
  if (seconds < 30 || seconds > 2_592_000) {
    throw new AwsError('ValidationException', `TimeoutSeconds must be 30 to 2592000, got ${seconds}`);
  }
  if (optional(input.Comment, 'Comment', text, '').length > 100) {
    throw new AwsError('ValidationException', 'Comment must be at most 100 characters');
  }
}

/**
 * Whether all of `[{Key: 'tag:K', Values: […]}]` are among the tags. Not modelled: MaxConcurrency and MaxErrors, all run at once.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-multiple.html
 */
export const targetsTags = (targets: unknown, tags: Tags): boolean =>
  list(targets, 'Targets').every((item) => {
    const target = fields(item, 'Targets');
    const [, tag] = /^tag:(.+)$/.exec(text(target.Key, 'Targets Key')) ?? [];
    if (tag === undefined) throw new Error(`the target ${JSON.stringify(item)} is not known here`);
    return texts(target.Values, 'Targets Values').includes(tags[tag] ?? '');
  });

export function commandOperations(state: CommandState): Service {
  const invocations: Invocation[] = [];
  const byCommand = new Map<string, Invocation[]>();
  const shown = (invocation: Invocation): Invocation =>
    invocation.plugins.some(({ undelivered }) => undelivered) && state.clock.now() < invocation.expiresAt()
      ? { ...invocation, status: 'InProgress', plugins: [] }
      : invocation;
  const ofCommand = (commandId: unknown): readonly Invocation[] =>
    (typeof commandId === 'string' ? (byCommand.get(commandId) ?? []) : invocations).map(shown);

  const documentOf = (name: string): SsmDocument => {
    const found = state.documents.find((document) => document.name === name && document.kind === 'Command');
    if (!found)
      throw new AwsError('InvalidDocument', `document ${name} does not exist or is no Command document`);
    return found;
  };
  const instanceOf = (id: string): ModelledInstance => {
    const found = state.instances.find(({ instanceId }) => instanceId === id);
    if (!found)
      throw new AwsError('InvalidInstanceId', `Instances [[${id}]] not in a valid state for account`);
    return found;
  };
  /** Those named, or those that have all of the tags. */
  const targetsOf = (input: Fields): readonly ModelledInstance[] => {
    const named = optional(input.InstanceIds, 'InstanceIds', texts, []).map(instanceOf);
    if (input.Targets === undefined) return named;
    if (named.length > 0) throw new Error('SendCommand with InstanceIds and Targets is not known here');
    return state.instances.filter(
      ({ tags, state: is = 'running' }) => is === 'running' && targetsTags(input.Targets, tags),
    );
  };
  const finish = async (invocation: Invocation, work: Promise<readonly PluginResult[]>): Promise<void> => {
    try {
      invocation.plugins = await work;
      invocation.status = commandStatus(invocation.plugins);
    } catch (error) {
      invocation.status = 'Failed';
      invocation.plugins = [
        { name: 'agent', status: 'Failed', responseCode: 1, stdout: '', stderr: errorMessage(error) },
      ];
      throw error;
    } finally {
      invocation.endedAt = state.clock.now();
    }
  };
  const describe = (invocation: Invocation): Fields => ({
    CommandId: invocation.commandId,
    InstanceId: invocation.instanceId,
    DocumentName: invocation.documentName,
    RequestedDateTime: invocation.requestedAt,
    Status: invocation.status,
    StatusDetails: STATUS_DETAILS[invocation.status],
    CommandPlugins: invocation.plugins.map(pluginFields),
  });

  return {
    SendCommand: {
      input: {
        DocumentName: 'string!',
        DocumentVersion: 'string',
        InstanceIds: 'strings',
        Targets: 'list',
        Parameters: 'map',
        TimeoutSeconds: 'number',
        Comment: 'string',
        MaxConcurrency: 'string',
        MaxErrors: 'string',
      },
      access: (input) => {
        const name = text(input.DocumentName, 'DocumentName');
        return [
          {
            action: 'ssm:SendCommand',
            resource: serviceArn(state.place, 'ssm', `document/${name}`),
            context: {},
          },
          ...targetsOf(input).map(({ instanceId, tags }) => ({
            action: 'ssm:SendCommand',
            resource: serviceArn(state.place, 'ec2', `instance/${instanceId}`),
            context: tagContext('ssm', tags),
          })),
        ];
      },
      run: (input) => {
        checkLimits(input);
        const document = documentOf(text(input.DocumentName, 'DocumentName'));
        const targets = targetsOf(input);
        if (input.Targets === undefined && (targets.length === 0 || targets.length > 50))
          throw new AwsError('ValidationException', '1 to 50 InstanceIds');
        const parameters = documentParameters(document, input.Parameters);
        if ('wrong' in parameters) throw new AwsError('InvalidParameters', parameters.wrong.join('; '));
        const commandId = uuidFrom(`command/${invocations.length}`);
        const requestedAt = state.clock.now();
        const deliverySeconds = optional(
          input.TimeoutSeconds,
          'TimeoutSeconds',
          number,
          DEFAULT_DELIVERY_SECONDS,
        );
        // Both timeouts together: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
        const expiresAt = (): Date => {
          const seconds = deliverySeconds + executionSeconds(document, parameters.values);
          return new Date(requestedAt.getTime() + seconds * 1_000);
        };
        for (const instance of targets) {
          const { instanceId } = instance;
          const invocation: Invocation = {
            commandId,
            instanceId,
            documentName: document.name,
            requestedAt,
            expiresAt,
            status: 'InProgress',
            plugins: [],
          };
          invocations.push(invocation);
          byCommand.set(commandId, [...(byCommand.get(commandId) ?? []), invocation]);
          const work = state.run(instance, commandId, document, parameters.values, deliverySeconds);
          state.inBackground(`command ${document.name} on ${instanceId}`, finish(invocation, work));
        }
        return {
          Command: {
            CommandId: commandId,
            DocumentName: document.name,
            InstanceIds: targets.map(({ instanceId }) => instanceId),
            Parameters: parameters.values,
            RequestedDateTime: requestedAt,
            Status: 'Pending',
            StatusDetails: 'Pending',
          },
        };
      },
    },
    ListCommands: {
      input: { CommandId: 'string', InstanceId: 'string', MaxResults: 'number', NextToken: 'string' },
      access: onEverything('ssm:ListCommands'),
      run: (input) => {
        const commands = ofCommand(input.CommandId).map(
          ({ commandId, documentName, status, instanceId }) => ({
            CommandId: commandId,
            DocumentName: documentName,
            Status: status,
            InstanceIds: [instanceId],
          }),
        );
        return { Commands: commands };
      },
    },
    ListCommandInvocations: {
      input: {
        CommandId: 'string',
        InstanceId: 'string',
        Details: 'boolean',
        MaxResults: 'number',
        NextToken: 'string',
      },
      access: onEverything('ssm:ListCommandInvocations'),
      run: (input) => {
        const details = optional(input.Details, 'Details', flag, false);
        const found = ofCommand(input.CommandId).filter(
          ({ instanceId }) => input.InstanceId === undefined || instanceId === input.InstanceId,
        );
        const shown = found.map(describe).map((one) => (details ? one : { ...one, CommandPlugins: [] }));
        return { CommandInvocations: shown };
      },
    },
    GetCommandInvocation: {
      input: { CommandId: 'string!', InstanceId: 'string!', PluginName: 'string' },
      access: onEverything('ssm:GetCommandInvocation'),
      run: (input) => {
        const found = ofCommand(input.CommandId).find(({ instanceId }) => instanceId === input.InstanceId);
        if (!found) throw new AwsError('InvocationDoesNotExist', 'no such command on this instance');
        const plugin = found.plugins.at(-1);
        return {
          CommandId: found.commandId,
          InstanceId: found.instanceId,
          DocumentName: found.documentName,
          PluginName: plugin?.name ?? '',
          ResponseCode: plugin?.responseCode ?? -1,
          Status: found.status,
          StatusDetails: STATUS_DETAILS[found.status],
          StandardOutputContent: plugin?.stdout ?? '',
          StandardErrorContent: plugin?.stderr ?? '',
          ExecutionStartDateTime: found.requestedAt.toISOString(),
        };
      },
    },
  };
}

/** Whether every plugin of a `ListCommandInvocations` answer has ended, and how. */
export const firstInvocation = (answer: Fields): Fields =>
  fields(list(answer.CommandInvocations, 'CommandInvocations')[0], 'CommandInvocations[0]');
