import { cloudWatchClient } from '../../aws/clients/cloudwatch';
import { ec2Client } from '../../aws/clients/ec2';
import { ssmClient } from '../../aws/clients/ssm';
import { documentNames } from '../../aws/documents';
import { vcpusOfTypes } from '../../aws/instance-types';
import { parameterValue } from '../../aws/parameters';
import { vcpuQuota, type QuotaUse } from '../../aws/quotas';
import type { SdkClients } from '../../aws/sdk';

/** What `headroom doctor` asks besides what `headroom status` asks. Each one throws what the SDK throws. */
export interface DoctorClient {
  /** undefined: there is no such parameter. */
  parameter(name: string): Promise<string | undefined>;
  /** Names of this account's documents that begin so. */
  documents(prefix: string): Promise<readonly string[]>;
  vcpusOf(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** undefined: CloudWatch has no measurement, as in an account without instances. */
  vcpuQuota(nowMs: number): Promise<QuotaUse | undefined>;
}

export const doctorClient = ({
  ec2,
  cloudwatch,
  ssm,
}: SdkClients<'ec2' | 'cloudwatch' | 'ssm'>): DoctorClient => ({
  parameter: (name) => parameterValue(ssm, name),
  documents: (prefix) => documentNames(ssm, prefix),
  vcpusOf: (instanceTypes) => vcpusOfTypes(ec2, instanceTypes),
  vcpuQuota: (nowMs) => vcpuQuota(cloudwatch, nowMs),
});

/** With the credentials that the SDK finds itself. */
export const awsDoctorClient = (region: string): DoctorClient =>
  doctorClient({
    ec2: ec2Client({ region }),
    cloudwatch: cloudWatchClient({ region }),
    ssm: ssmClient({ region }),
  });
