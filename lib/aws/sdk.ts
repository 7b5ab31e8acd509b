/** An AWS SDK client, as far as Headroom needs it. Drills and tests bring their own. */
export interface SdkClient {
  /** `command` is an SDK command; its class name is the operation. */
  send(command: object, options?: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

/** Clients by service, as `createHandler` takes them. */
export type SdkClients<K extends string> = { readonly [key in K]: SdkClient };

/** An SDK command whose answer is `O`. */
interface SdkCommand<O> {
  resolveMiddleware(
    stack: never,
    configuration: never,
    options: never,
  ): (args: never) => Promise<{ output: O }>;
}

/** Sends one command; the answer has the command's type. @throws what the SDK throws */
export const call = <O>(client: SdkClient, command: SdkCommand<O>): Promise<O> =>
  client.send(command) as Promise<O>;

export interface PagingOptions<T> {
  /** Asked before each further page, with what was found so far. @default - always */
  readonly goesOn?: (found: readonly T[]) => boolean;
  /** For all pages together. @default - the client's own timeouts alone */
  readonly abortSignal?: AbortSignal;
}

/**
 * What is read from every page of a listing. The SDK's own paginators refuse any client that is not `instanceof` the
 * service's class (@smithy/core 3.41.0, pagination/createPaginator.js), hence those of drills and tests.
 * All services used here name the token `NextToken`; an empty one ends the listing, as none does.
 * @throws what the SDK throws
 */
export const everyPage = async <I extends object, O extends { NextToken?: string | undefined }, T>(
  client: SdkClient,
  Command: new (input: I) => SdkCommand<O>,
  input: NoInfer<I>,
  read: (page: O) => readonly T[],
  { goesOn = () => true, abortSignal }: PagingOptions<T> = {},
): Promise<readonly T[]> => {
  const found: T[] = [];
  let NextToken: string | undefined;
  do {
    const command = new Command(NextToken === undefined ? input : { ...input, NextToken });
    const page = (await client.send(command, abortSignal && { abortSignal })) as O;
    found.push(...read(page));
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '' && goesOn(found));
  return found;
};

/** The items in groups of at most so many, for calls that take no more. */
export const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
