import { EC2Client } from '@aws-sdk/client-ec2';
import { clientOf } from '../sdk-settings';

export const ec2Client = clientOf(EC2Client);
