import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { optional, text } from '../values/fields';
import { uuidFrom } from '../values/ids';
import type { Service } from '../api/local-aws';

/** A message that subscribers of a topic would get. */
export interface PublishedMessage {
  readonly at: Date;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
}

const MAX_MESSAGE_BYTES = 262_144;
const MAX_SUBJECT_CHARACTERS = 100;

export const snsService = (
  clock: Clock,
  topicArns: readonly string[],
  sink: (message: PublishedMessage) => void,
): Service => {
  let sent = 0;
  return {
    Publish: {
      input: {
        TopicArn: 'string!',
        Message: 'string!',
        Subject: 'string',
        MessageStructure: 'string',
        MessageAttributes: 'map',
        MessageGroupId: 'string',
        MessageDeduplicationId: 'string',
      },
      access: ({ TopicArn: topic }) => [
        { action: 'sns:Publish', resource: text(topic, 'TopicArn'), context: {} },
      ],
      run: (input) => {
        const topicArn = text(input.TopicArn, 'TopicArn');
        if (!topicArns.includes(topicArn)) {
          throw new AwsError('NotFoundException', 'Topic does not exist', { status: 404 });
        }
        const message = text(input.Message, 'Message');
        if (message === '' || Buffer.byteLength(message) > MAX_MESSAGE_BYTES) {
          throw new AwsError('InvalidParameterException', 'Invalid parameter: Message too long or empty');
        }
        const subject = optional(input.Subject, 'Subject', text, undefined);
        // SNS documents: ASCII, begins with a letter, number or punctuation, no line breaks, at most 100 characters.
        if (subject !== undefined && !/^[\x21-\x7e][\x20-\x7e]*$/.test(subject)) {
          throw new AwsError('InvalidParameterException', 'Invalid parameter: Subject');
        }
        if (subject !== undefined && subject.length > MAX_SUBJECT_CHARACTERS) {
          throw new AwsError('InvalidParameterException', 'Invalid parameter: Subject');
        }
        sent += 1;
        sink({ at: clock.now(), topicArn, subject, message });
        return { MessageId: uuidFrom(`${topicArn}/${sent}`) };
      },
    },
  };
};
