import { SNSClient } from '@aws-sdk/client-sns';
import { clientOf } from '../sdk-settings';

export const snsClient = clientOf(SNSClient);
