import { ssmClient } from '../../aws/clients/ssm';
import { commandInvocation, sendCommand, type Invocation } from '../../aws/commands';
import type { SdkClient } from '../../aws/sdk';
import { endSession, startSession, type Session, type SessionRequest } from '../../aws/sessions';

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

export const tunnelClient = (ssm: SdkClient): TunnelClient => ({
  async send(documentName, instanceId, parameters) {
    const commandId = await sendCommand(ssm, {
      documentName,
      parameters,
      to: { instanceIds: [instanceId] },
      deliverySeconds: DELIVERY_SECONDS,
      comment: 'headroom tunnel',
    });
    if (commandId === undefined) throw new Error(`${documentName} was sent, but has no id`);
    return commandId;
  },
  invocation: (commandId, instanceId) => commandInvocation(ssm, commandId, instanceId),
  startSession: (request) => startSession(ssm, request),
  endSession: (sessionId) => endSession(ssm, sessionId),
});

/** With the credentials that the SDK finds itself. */
export const awsTunnelClient = (region: string): TunnelClient => tunnelClient(ssmClient({ region }));
