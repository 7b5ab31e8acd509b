import { S3Client } from '@aws-sdk/client-s3';
import { clientOf } from '../sdk-settings';

export const s3Client = clientOf(S3Client);
