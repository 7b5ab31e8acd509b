import { isRetryable } from './aws-error';
import type { Clock } from '../time/clock';
import { errorName } from '../values/fields';
import type { LocalAws, Principal } from './local-aws';

/** What handlers use of an SDK client. */
export interface SdkShapedClient {
  send(command: object): Promise<unknown>;
}

export const CLIENT_KEYS = ['ssm', 'ec2', 'cloudwatch', 'sns', 's3', 'sqs', 'autoscaling', 'events'] as const;
export type SdkClients = Readonly<Record<(typeof CLIENT_KEYS)[number], SdkShapedClient>>;

/** The SDK's default: one call and two more. */
export const SDK_ATTEMPTS = 3;

/** Waits the SDK's standard backoff without its jitter (0.1 s, doubling) between attempts. */
export async function withRetries<T>(clock: Clock, attempts: number, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= attempts || !isRetryable(errorName(error))) throw error;
      await clock.sleep(0.1 * 2 ** (attempt - 1));
    }
  }
}

/**
 * Clients that call the local cloud as the given role, with the SDK's retries.
 * @param principal undefined: a person, who may do everything
 */
export function sdkClients(aws: LocalAws, clock: Clock, principal: Principal | undefined): SdkClients {
  const client = (service: string): SdkShapedClient => ({
    send: (command) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const { input } = command as { readonly input?: unknown };
      return withRetries(clock, SDK_ATTEMPTS, () => aws.call(service, operation, input, principal));
    },
  });
  return {
    ssm: client('ssm'),
    ec2: client('ec2'),
    cloudwatch: client('cloudwatch'),
    sns: client('sns'),
    s3: client('s3'),
    sqs: client('sqs'),
    autoscaling: client('autoscaling'),
    events: client('events'),
  };
}
