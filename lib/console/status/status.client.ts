import { agentStatuses } from '../../aws/agents';
import { alarmsInAlarm } from '../../aws/alarms';
import { cloudWatchClient } from '../../aws/clients/cloudwatch';
import { ec2Client } from '../../aws/clients/ec2';
import { s3Client } from '../../aws/clients/s3';
import { ssmClient } from '../../aws/clients/ssm';
import { getExecution, listExecutions, type ListedExecution } from '../../aws/executions';
import { EXISTING_STATES, instancesWhere } from '../../aws/instances';
import { readSeries, type SeriesQuery, type SeriesWindow } from '../../aws/metrics';
import { readText } from '../../aws/objects';
import { readParameter } from '../../aws/parameters';
import { chunks, type SdkClient, type SdkClients } from '../../aws/sdk';
import { taggedWith } from '../../aws/tags';
import { volumeModifications, volumeSizes } from '../../aws/volumes';
import type { MetricSample } from '../../domain/names/disk-metric';
import { healingOutcome } from '../../domain/outcome/healing-outcome';
import type { VolumeModification } from '../../domain/plan/ebs-budget';
import { hasEnded } from '../follow-execution';
import type { ListedAlarm, ListedHeal, ListedNode } from './status-facts';

/** What `headroom status` asks; few calls, whatever the number of nodes. Each one throws what the SDK throws. */
export interface StatusClient {
  nodes(tags: Readonly<Record<string, string>>): Promise<readonly ListedNode[]>;
  volumes(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  modifications(volumeIds: readonly string[]): Promise<ReadonlyMap<string, VolumeModification>>;
  /** In the queries' order. */
  series(
    queries: readonly SeriesQuery[],
    window: SeriesWindow,
  ): Promise<readonly (readonly MetricSample[])[]>;
  /** Of one document, newest first, at most {@link MOST_HEALS}. */
  heals(documentName: string, sinceMs: number): Promise<readonly ListedHeal[]>;
  /** Those in ALARM whose name begins with the prefix. */
  alarms(prefix: string): Promise<readonly ListedAlarm[]>;
  agents(instanceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The value of a parameter of Parameter Store. */
  parameter(name: string): Promise<string>;
  /** The text of an object in a bucket of this account; undefined: there is none. */
  object(
    bucket: { readonly name: string; readonly account: string },
    key: string,
  ): Promise<string | undefined>;
}

/** The page that reaches so many executions is the last one. */
export const MOST_HEALS = 500;
/** GetAutomationExecution calls under way at a time. */
const HEALS_AT_ONCE = 10;

export const statusClient = ({
  ec2,
  cloudwatch,
  ssm,
  s3,
}: SdkClients<'ec2' | 'cloudwatch' | 'ssm' | 's3'>): StatusClient => ({
  nodes: (tags) => instancesWhere(ec2, { ...taggedWith(tags), 'instance-state-name': EXISTING_STATES }),
  volumes: (ids) => volumeSizes(ec2, ids),

  async modifications(volumeIds) {
    const latest = new Map<string, VolumeModification>();
    for (const [id, all] of await volumeModifications(ec2, volumeIds))
      for (const each of all)
        if ((latest.get(id)?.startedAtMs ?? 0) <= (each.startedAtMs ?? 0)) latest.set(id, each);
    return latest;
  },

  series: (queries, window) => readSeries(cloudwatch, queries, window),

  async heals(documentName, startedAfterMs) {
    const goesOn = (found: readonly ListedExecution[]): boolean => found.length < MOST_HEALS;
    const listed = await listExecutions(ssm, documentName, { startedAfterMs }, { goesOn });
    const heals: ListedHeal[] = [];
    for (const some of chunks(listed, HEALS_AT_ONCE))
      heals.push(...(await Promise.all(some.map((each) => healOf(ssm, each)))));
    return heals;
  },

  alarms: (prefix) => alarmsInAlarm(cloudwatch, prefix),
  agents: (instanceIds) => agentStatuses(ssm, instanceIds),
  parameter: (name) => readParameter(ssm, name),
  object: async ({ name, account }, key) => (await readText(s3, { name, owner: account }, key))?.text,
});

const healOf = async (
  ssm: SdkClient,
  { executionId, status, startedAtMs = 0, outputs }: ListedExecution,
): Promise<ListedHeal> => {
  const { verdict = status, waitsUntilMs, instanceId } = healingOutcome(outputs);
  const until = waitsUntilMs === undefined ? '' : ` until ${new Date(waitsUntilMs).toISOString()}`;
  return {
    // Its list says which node only when it has ended with a report.
    instanceId: instanceId ?? (await getExecution(ssm, executionId)).parameters['InstanceId']?.[0],
    startedAtMs,
    verdict: hasEnded(status) ? `${verdict}${until}` : 'under way',
  };
};

/** With the credentials that the SDK finds itself. */
export const awsStatusClient = (region: string): StatusClient =>
  statusClient({
    ec2: ec2Client({ region }),
    cloudwatch: cloudWatchClient({ region }),
    ssm: ssmClient({ region }),
    s3: s3Client({ region }),
  });
