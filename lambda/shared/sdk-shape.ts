/** An AWS SDK client, as far as a handler needs it. The drill and the tests bring their own. */
export interface SdkShapedClient {
  /** `command` is an SDK command; its class name is the operation. */
  send(command: object, options?: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

/** The services' keys in `createHandler(clients)`. */
export type SdkClients<K extends string> = { readonly [key in K]: SdkShapedClient };

/** A client that is made at its first use: importing a handler must need neither a region nor credentials. */
export const lazily = (make: () => SdkShapedClient): SdkShapedClient => {
  let client: SdkShapedClient | undefined;
  return { send: (command, options) => (client ??= make()).send(command, options) };
};

/** An SDK error's code. Match codes, never texts. */
export const errorCode = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

/** `Code: message`, for logs and reasons. */
export const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
