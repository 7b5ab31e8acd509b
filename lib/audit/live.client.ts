import { cloudWatchClient } from '../aws/clients/cloudwatch';
import { ec2Client } from '../aws/clients/ec2';
import { EXISTING_STATES, instancesWhere } from '../aws/instances';
import { readSeries } from '../aws/metrics';
import type { SdkClients } from '../aws/sdk';
import { taggedWith } from '../aws/tags';
import { volumeSizes } from '../aws/volumes';
import type { LiveClient } from './live';

/** What the live audit needs of AWS: ec2:DescribeInstances, ec2:DescribeVolumes, cloudwatch:GetMetricData. */
export const liveClient = ({ ec2, cloudwatch }: SdkClients<'ec2' | 'cloudwatch'>): LiveClient => ({
  instances: (tags) => instancesWhere(ec2, { ...taggedWith(tags), 'instance-state-name': EXISTING_STATES }),
  volumeSizes: (volumeIds) => volumeSizes(ec2, volumeIds),

  async fullest(series, { name, ...window }) {
    const most = new Map<number, number>();
    const all = await readSeries(
      cloudwatch,
      series.map((each) => ({ ...each, name })),
      window,
    );
    for (const { atMs, value } of all.flat()) most.set(atMs, Math.max(value, most.get(atMs) ?? value));
    return most;
  },
});

/** With the credentials and, where the template is bound to none, the region that the SDK finds itself. */
export const awsLiveClient = (region: string | undefined): LiveClient => {
  const settings = region === undefined ? {} : { region };
  return liveClient({ ec2: ec2Client(settings), cloudwatch: cloudWatchClient(settings) });
};
