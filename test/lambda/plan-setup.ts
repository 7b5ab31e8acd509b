import { VOLUME } from '../domain/fixtures';
import type { Answers } from './fake-sdk';
import { setBounds } from './ledger-bucket';

/** What the plan function reads from its environment, but for the out-of-band lane. */
export const setPlanEnvironment = (policies: object, bounds?: object): void => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_NAMESPACES'] = 'separate';
  process.env['HEADROOM_GIB_USD'] = '0.1';
  process.env['HEADROOM_SNAPSHOT_FIRST'] = 'no';
  process.env['HEADROOM_NODE_GROUP_POLICIES'] = JSON.stringify(policies);
  setBounds(bounds);
};

/** A worker with a volume of 20 GiB that was never modified. */
export const workerAnswers = (nodeGroup = 'general'): Answers => ({
  'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
  'ec2:DescribeInstances': () => ({
    Reservations: [
      {
        Instances: [
          {
            State: { Name: 'running' },
            RootDeviceName: '/dev/sda1',
            BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeId: VOLUME } }],
            Tags: [
              { Key: 'headroom:environment', Value: 'prod' },
              { Key: 'headroom:node-group', Value: nodeGroup },
              { Key: 'headroom:role', Value: 'worker' },
            ],
          },
        ],
      },
    ],
  }),
  'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: 20 }] }),
  'ec2:DescribeVolumesModifications': () => ({ VolumesModifications: [] }),
  'cloudwatch:GetMetricData': () => ({ MetricDataResults: [] }),
});
