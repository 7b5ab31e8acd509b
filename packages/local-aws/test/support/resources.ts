import type { AssemblyResource } from '../../src/template/assembly';
import { readDocument, type SsmDocument } from '../../src/automation/documents';
import type { Fields } from '../../src/values/fields';

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
