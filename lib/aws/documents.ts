import { ListDocumentsCommand } from '@aws-sdk/client-ssm';
import { everyPage, type SdkClient } from './sdk';

/**
 * Names of this account's documents that begin so. The filter Name takes a prefix: DocumentKeyValuesFilter of
 * @aws-sdk/client-ssm. @throws what the SDK throws
 */
export const documentNames = (ssm: SdkClient, prefix: string): Promise<readonly string[]> =>
  everyPage(
    ssm,
    ListDocumentsCommand,
    {
      Filters: [
        { Key: 'Owner', Values: ['Self'] },
        { Key: 'Name', Values: [prefix] },
      ],
      MaxResults: 50,
    },
    ({ DocumentIdentifiers = [] }) => DocumentIdentifiers.flatMap(({ Name }) => Name ?? []),
  );
