import {
  errorMessage,
  errorName,
  fields,
  isFields,
  list,
  number,
  onlyKeys,
  optional,
  text,
  texts,
  type Fields,
} from '../values/fields';
import { firstInvocation } from '../services/ssm-commands';
import { shownList } from './outputs';
import { StepFailure, type Action, type AutomationWorld } from './types';

/** AWS does not document its own interval: often at first, less often the longer it takes. */
const POLL_SECONDS = { first: 0.5, most: 5, growth: 1.3 } as const;

export function checkCommand(inputs: Fields, where: string): void {
  onlyKeys(
    inputs,
    ['DocumentName', 'DocumentVersion', 'InstanceIds', 'Parameters', 'TimeoutSeconds', 'Comment'],
    `${where}.inputs`,
  );
  text(inputs.DocumentName, `${where}.inputs.DocumentName`);
}

const given = (input: Fields): Fields =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

async function send(inputs: Fields, world: AutomationWorld): Promise<string> {
  const parameters = optional(inputs.Parameters, 'Parameters', fields, {});
  const input = given({
    DocumentName: inputs.DocumentName,
    DocumentVersion: inputs.DocumentVersion,
    InstanceIds: texts(inputs.InstanceIds, 'InstanceIds'),
    Parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, shownList(value)])),
    TimeoutSeconds: optional(inputs.TimeoutSeconds, 'TimeoutSeconds', number, undefined),
    Comment: inputs.Comment,
  });
  try {
    const { Command: command } = await world.call('ssm', 'SendCommand', input);
    return text(fields(command, 'Command').CommandId, 'CommandId');
  } catch (error) {
    const message = `Step fails when it is Execute/Cancelling action. ${errorMessage(error)} (Error Code: ${errorName(error)})`;
    throw new StepFailure(message, { stage: 'Invocation', type: errorName(error) });
  }
}

/** Sends the command and looks until it has ended. Outputs: CommandId, Status, ResponseCode, Output. */
export const runCommand: Action = async (inputs, world) => {
  const commandId = await send(inputs, world);
  let pause: number = POLL_SECONDS.first;
  for (;;) {
    const answer = await world.call('ssm', 'ListCommandInvocations', { CommandId: commandId, Details: true });
    const invocation = firstInvocation(answer);
    const status = text(invocation.Status, 'Status');
    if (status === 'InProgress' || status === 'Pending') {
      await world.clock.sleep(pause);
      pause = Math.min(POLL_SECONDS.most, pause * POLL_SECONDS.growth);
      continue;
    }
    const plugins = list(invocation.CommandPlugins, 'CommandPlugins').filter(isFields);
    const [only, ...more] = plugins;
    const outputs: Fields = {
      CommandId: commandId,
      Status: status,
      // Several plugins have no common code: AWS leaves it out.
      ...(only && more.length === 0 ? { ResponseCode: String(only.ResponseCode) } : {}),
      Output: plugins.map(({ Output: output }) => String(output)).join(''),
    };
    const responseCode = String(optional(only?.ResponseCode, 'ResponseCode', number, -1));
    if (status === 'Success') return { outputs, responseCode };
    const shown = Object.entries(outputs).map(([key, value]) => `${key}=[${String(value)}]`);
    throw new StepFailure(
      `Step fails when it is Poll action status for completion. Command ${commandId} returns unexpected invocation result: {${shown.join(', ')}}`,
      {
        stage: 'Invocation',
        type: 'CommandFailed',
        status: status === 'TimedOut' ? 'TimedOut' : 'Failed',
        outputs,
        responseCode,
      },
    );
  }
};
