import type { Assembly } from '../template/assembly';
import { fields, flag, number, optional, parseJson, text } from '../values/fields';
import { MessageQueue } from './message-queue';
import { refOf } from '../template/physical-ids';

const DEFAULT_VISIBILITY_SECONDS = 30;

/** The synthesized queues, wired to their dead-letter queues. */
export function openQueues(assembly: Assembly): readonly MessageQueue[] {
  const queues: MessageQueue[] = [];
  for (const { physicalId: name, arn = '', properties, type } of assembly.ofType('AWS::SQS::Queue')) {
    const policy = properties.RedrivePolicy;
    const redrive = typeof policy === 'string' ? parseJson(policy, `${name} RedrivePolicy`) : policy;
    const target = redrive === undefined ? undefined : fields(redrive, `${name} RedrivePolicy`);
    const deadLetterArn = target && text(target.deadLetterTargetArn, `${name} deadLetterTargetArn`);
    queues.push(
      new MessageQueue(
        {
          name,
          arn,
          url: refOf(type, name, assembly.place),
          fifo: optional(properties.FifoQueue, `${name} FifoQueue`, flag, false),
          contentBasedDeduplication: optional(properties.ContentBasedDeduplication, name, flag, false),
          visibilityTimeoutSeconds: optional(
            properties.VisibilityTimeout,
            name,
            number,
            DEFAULT_VISIBILITY_SECONDS,
          ),
          ...(target && deadLetterArn !== undefined
            ? {
                redrive: {
                  deadLetterArn,
                  maxReceiveCount: number(target.maxReceiveCount, `${name} maxReceiveCount`),
                },
              }
            : {}),
        },
        () => queues.find(({ settings }) => settings.arn === deadLetterArn),
      ),
    );
  }
  return queues;
}
