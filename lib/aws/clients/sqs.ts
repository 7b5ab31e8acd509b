import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOf } from '../sdk-settings';

export const sqsClient = clientOf(SQSClient);
