import { callerOf, type Caller } from '../aws/caller';
import { stsClient } from '../aws/clients/sts';

/** With the credentials that the SDK finds itself. */
export const awsCaller = (region: string): Promise<Caller> => callerOf(stsClient({ region }));
