import { PublishCommand } from '@aws-sdk/client-sns';
import { call, type SdkClient } from './sdk';

/** @param attributes by which subscriptions filter. @default - none. @throws what the SDK throws */
export const publish = async (
  sns: SdkClient,
  topicArn: string,
  subject: string,
  message: string,
  attributes?: Readonly<Record<string, string>>,
): Promise<void> => {
  const MessageAttributes =
    attributes &&
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    );
  await call(
    sns,
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: message,
      ...(MessageAttributes && { MessageAttributes }),
    }),
  );
};
