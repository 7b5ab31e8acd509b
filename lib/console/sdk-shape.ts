/** An AWS SDK client, as far as the console needs it; tests bring their own. */
export interface SdkShapedClient {
  /** `command` is an SDK command; its class name is the operation. */
  send(command: object): Promise<unknown>;
}

/** An SDK error's code. Match codes, never texts. */
export const errorCode = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');
