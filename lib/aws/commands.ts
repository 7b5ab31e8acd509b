import { GetCommandInvocationCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import { orUndefined } from './errors';
import { call, type SdkClient } from './sdk';

/** What Run Command is asked to do. */
export interface CommandInput {
  readonly documentName: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /**
   * Instances by id, or by tags: several tags mean the nodes that have all of them, all at a time, and one failure stops
   * none. https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-multiple.html
   */
  readonly to:
    { readonly instanceIds: readonly string[] } | { readonly tags: Readonly<Record<string, string>> };
  /** How long it may wait for the agent; AWS takes 30 at the minimum. */
  readonly deliverySeconds: number;
  /** @default - none */
  readonly comment?: string;
}

export interface Invocation {
  /** Systems Manager's word; undefined: the node is not known to have got the command yet. */
  readonly status: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** @returns the command's id; undefined: AWS did not say. @throws what the SDK throws */
export const sendCommand = async (
  ssm: SdkClient,
  { documentName, parameters, to, deliverySeconds, comment }: CommandInput,
): Promise<string | undefined> => {
  const { Command } = await call(
    ssm,
    new SendCommandCommand({
      DocumentName: documentName,
      Parameters: Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, [...values]])),
      TimeoutSeconds: deliverySeconds,
      ...('instanceIds' in to
        ? { InstanceIds: [...to.instanceIds] }
        : {
            Targets: Object.entries(to.tags).map(([key, value]) => ({ Key: `tag:${key}`, Values: [value] })),
            MaxConcurrency: '100%',
            MaxErrors: '100%',
          }),
      ...(comment !== undefined && { Comment: comment }),
    }),
  );
  return Command?.CommandId;
};

/** @throws what the SDK throws */
export const commandInvocation = async (
  ssm: SdkClient,
  commandId: string,
  instanceId: string,
): Promise<Invocation> => {
  const command = new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId });
  const found = await orUndefined(call(ssm, command), 'noInvocationYet');
  return {
    status: found?.Status,
    stdout: found?.StandardOutputContent ?? '',
    stderr: found?.StandardErrorContent ?? '',
  };
};
