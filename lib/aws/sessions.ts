import { StartSessionCommand, TerminateSessionCommand } from '@aws-sdk/client-ssm';
import { call, type SdkClient } from './sdk';

/** As the session-manager-plugin takes it. */
export interface Session {
  readonly SessionId: string;
  readonly TokenValue: string;
  readonly StreamUrl: string;
}

/** What AWS-StartPortForwardingSession is started with; the plugin is told the same. */
export interface SessionRequest {
  readonly Target: string;
  readonly DocumentName: 'AWS-StartPortForwardingSession';
  readonly Parameters: Readonly<Record<string, string[]>>;
  readonly Reason: string;
}

/** @throws what the SDK throws */
export const startSession = async (ssm: SdkClient, request: SessionRequest): Promise<Session> => {
  const { SessionId, TokenValue, StreamUrl } = await call(ssm, new StartSessionCommand(request));
  if (SessionId === undefined || TokenValue === undefined || StreamUrl === undefined)
    throw new Error('StartSession answered without a session');
  return { SessionId, TokenValue, StreamUrl };
};

/** @throws what the SDK throws */
export const endSession = async (ssm: SdkClient, sessionId: string): Promise<void> => {
  await call(ssm, new TerminateSessionCommand({ SessionId: sessionId }));
};
