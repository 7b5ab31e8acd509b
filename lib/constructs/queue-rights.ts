import * as iam from 'aws-cdk-lib/aws-iam';
import type { IDestination } from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/** The CDK's grants add reading a queue's attributes and address, which nothing here does. */
export const sendTo = (sid: string, queue: sqs.IQueue): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid, actions: ['sqs:SendMessage'], resources: [queue.queueArn] });

/**
 * What Lambda calls in a function's name to poll a queue for it.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const pollFrom = (sid: string, queue: sqs.IQueue): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid,
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queue.queueArn],
  });

/** Where events of failed asynchronous calls go. The function's role needs {@link sendTo}. */
export const failuresTo = ({ queueArn }: sqs.IQueue): IDestination => ({
  bind: () => ({ destination: queueArn }),
});
