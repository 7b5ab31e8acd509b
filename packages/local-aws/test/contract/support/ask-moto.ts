import * as autoscaling from '@aws-sdk/client-auto-scaling';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as ec2 from '@aws-sdk/client-ec2';
import * as events from '@aws-sdk/client-eventbridge';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import type { WireClients } from './moto-world';
import type { ServiceKey } from './world';

const MODULES: Readonly<Record<ServiceKey, object>> = {
  autoscaling,
  cloudwatch,
  ec2,
  events,
  s3,
  sns,
  sqs,
  ssm,
};

/** S3 names its operations by method and path, which need both. */
const OBJECT = { Bucket: 'no-such-bucket', Key: 'none', Body: 'b' };

/** Asks for an operation with next to no input; which error comes is no matter. @returns the HTTP status */
export async function ask(clients: WireClients, service: ServiceKey, operation: string): Promise<number> {
  const Command = (MODULES[service] as Record<string, (new (input: object) => object) | undefined>)[
    `${operation}Command`
  ];
  if (!Command) throw new Error(`the SDK has no ${service}:${operation}`);
  const client = clients[service] as { send(command: object): Promise<unknown> };
  const answer = await client
    .send(new Command(service === 's3' ? OBJECT : {}))
    .catch((error: unknown) => error);
  const status = (answer as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === undefined) throw new Error(`${service}:${operation} was not answered`, { cause: answer });
  return status;
}

/** Whether the server said, in its log, that it has no such operation: to the caller it only says 500. */
export const lackedBy = (log: string, operation: string): boolean =>
  log.includes(`The ${snake(operation)} action has not been implemented`);

const snake = (name: string): string => name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase();
