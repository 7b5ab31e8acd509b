import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { clientOf } from '../sdk-settings';

export const eventBridgeClient = clientOf(EventBridgeClient);
