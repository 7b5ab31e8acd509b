import type { AssemblyResource } from '../../../../lib/drill/cloud/assembly';
import { readDocument, type SsmDocument } from '../../../../lib/drill/cloud/documents';
import type { Fields } from '../../../../lib/drill/cloud/fields';

export const PLACE = { account: '111122223333', region: 'eu-west-1', partition: 'aws' };

export const resource = (type: string, physicalId: string, properties: Fields): AssemblyResource => ({
  stackName: 'test',
  logicalId: physicalId,
  type,
  physicalId,
  arn: `arn:aws:test:::${physicalId}`,
  properties,
});

export const document = (name: string, kind: 'Automation' | 'Command', content: Fields): SsmDocument =>
  readDocument(resource('AWS::SSM::Document', name, { DocumentType: kind, Content: content }));
