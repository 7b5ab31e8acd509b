import {
  GetCommandInvocationCommand,
  SSMClient,
  SendCommandCommand,
  StartSessionCommand,
  TerminateSessionCommand,
  type GetCommandInvocationCommandOutput,
  type SendCommandCommandOutput,
  type StartSessionCommandOutput,
} from '@aws-sdk/client-ssm';
import { errorCode, type SdkShapedClient } from '../sdk-shape';

export interface Session {
  readonly SessionId: string;
  readonly TokenValue: string;
  readonly StreamUrl: string;
}

/** What AWS-StartPortForwardingSession is started with; the plugin gets the same. */
export interface SessionRequest {
  readonly Target: string;
  readonly DocumentName: 'AWS-StartPortForwardingSession';
  readonly Parameters: Readonly<Record<string, string[]>>;
  readonly Reason: string;
}

export interface Invocation {
  /** Systems Manager's word; undefined: the node is not known to have got the command yet. */
  readonly status: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the tunnel asks of Systems Manager. Each throws what the SDK throws. */
export interface TunnelClient {
  /** @returns the command's id */
  send(
    documentName: string,
    instanceId: string,
    parameters: Readonly<Record<string, readonly string[]>>,
  ): Promise<string>;
  invocation(commandId: string, instanceId: string): Promise<Invocation>;
  startSession(request: SessionRequest): Promise<Session>;
  endSession(sessionId: string): Promise<void>;
}

/** How long the command may wait for the agent, seconds; AWS takes no less than 30. */
const DELIVERY_SECONDS = 60;

export const tunnelClient = (ssm: SdkShapedClient): TunnelClient => ({
  async send(documentName, instanceId, parameters) {
    const { Command } = (await ssm.send(
      new SendCommandCommand({
        DocumentName: documentName,
        InstanceIds: [instanceId],
        Parameters: Object.fromEntries(
          Object.entries(parameters).map(([name, values]) => [name, [...values]]),
        ),
        TimeoutSeconds: DELIVERY_SECONDS,
        Comment: 'headroom tunnel',
      }),
    )) as SendCommandCommandOutput;
    if (Command?.CommandId === undefined) throw new Error(`${documentName} was sent, but has no id`);
    return Command.CommandId;
  },

  async invocation(commandId, instanceId) {
    try {
      const found = (await ssm.send(
        new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }),
      )) as GetCommandInvocationCommandOutput;
      return {
        status: found.Status,
        stdout: found.StandardOutputContent ?? '',
        stderr: found.StandardErrorContent ?? '',
      };
    } catch (error) {
      // A command that was just sent may not be known everywhere.
      if (errorCode(error) !== 'InvocationDoesNotExist') throw error;
      return { status: undefined, stdout: '', stderr: '' };
    }
  },

  async startSession(request) {
    const { SessionId, TokenValue, StreamUrl } = (await ssm.send(
      new StartSessionCommand({ ...request, Parameters: { ...request.Parameters } }),
    )) as StartSessionCommandOutput;
    if (SessionId === undefined || TokenValue === undefined || StreamUrl === undefined)
      throw new Error('StartSession answered without a session');
    return { SessionId, TokenValue, StreamUrl };
  },

  async endSession(sessionId) {
    await ssm.send(new TerminateSessionCommand({ SessionId: sessionId }));
  },
});

/** With the credentials that the SDK finds itself. */
export const awsTunnelClient = (region: string): TunnelClient =>
  tunnelClient(new SSMClient({ region, maxAttempts: 6 }));
