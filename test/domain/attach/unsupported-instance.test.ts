import { attach, type SeenInstance } from '../../../lib/domain/attach/attach';
import type { Attachment } from '../../../lib/domain/attach/attachment';
import { unsupportedInstance } from '../../../lib/domain/attach/unsupported-instance';

test.each([
  ['Linux', {}, undefined],
  ['an instance that no service manages', { Operator: { Managed: false } }, undefined],
  ['Windows', { Platform: 'windows' }, /^it runs Windows/],
  [
    'EKS Auto Mode',
    { Operator: { Managed: true, Principal: 'eks.amazonaws.com' } },
    /^eks\.amazonaws\.com manages it \(EKS Auto Mode does this\)/,
  ],
])('%s', (_, instance, why) => {
  const said = unsupportedInstance(instance);
  if (why === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(why);
});

test('such an instance is not attached, and is named', () => {
  const attachment: Attachment = {
    environment: 'eks',
    tags: { team: 'shop' },
    groups: [{ name: 'general', role: 'worker', autoScalingGroupName: 'asg' }],
  };
  const seen = (instanceId: string, more: Partial<SeenInstance>): SeenInstance => ({
    ...{ instanceId, state: 'running', rootVolumeId: `vol-${instanceId}`, ...more },
    tags: { team: 'shop', 'aws:autoscaling:groupName': 'asg' },
  });
  const { nodes, problems, tag } = attach(attachment, {
    instances: [seen('i-1', {}), seen('i-2', { unsupported: 'it runs Windows' })],
    volumes: [],
    autoScalingGroups: ['asg'],
    atMs: 0,
  });
  expect([nodes, problems]).toEqual([
    { general: ['i-1'] },
    ['i-2 of general is not attached: it runs Windows'],
  ]);
  expect(tag.map(({ resourceId }) => resourceId)).toEqual(['i-1']);
});
