import type { SdkClient } from '../../lib/aws/sdk';
import type { Log } from '../../lambda/shared/log';

export interface Call {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

export type Answers = Readonly<Record<string, (input: never, count: number) => unknown>>;

/**
 * SDK-shaped clients that record every command and answer by operation, e.g. `{'ssm:GetAutomationExecution': …}`.
 * An operation without an answer is an error: a handler must not call what its role does not allow.
 */
export const fakeSdk = <K extends string>(services: readonly K[], answers: Answers) => {
  const calls: Call[] = [];
  const client = (service: string): SdkClient => ({
    send: (command) => {
      const operation = `${service}:${command.constructor.name.replace(/Command$/, '')}`;
      const { input } = command as { input: Record<string, unknown> };
      calls.push({ operation, input });
      const count = calls.filter((call) => call.operation === operation).length;
      const answer = answers[operation];
      if (answer === undefined) return Promise.reject(new Error(`unexpected ${operation}`));
      return Promise.resolve().then(() => answer(input as never, count));
    },
  });
  const clients = Object.fromEntries(services.map((service) => [service, client(service)])) as Record<
    K,
    SdkClient
  >;
  const inputs = <T = Record<string, unknown>>(operation: string): T[] =>
    calls.filter((call) => call.operation === operation).map(({ input }) => input as T);
  return { clients, calls, inputs, operations: () => calls.map(({ operation }) => operation) };
};

/** An error as the SDK throws it: told from others by its name. */
export const awsError = (name: string, message = name): Error => Object.assign(new Error(message), { name });

export const recordingLog = () => {
  const lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, fields });
    };
  const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };
  return { log, lines };
};
