import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { DOCUMENTS, type DocumentBaseName } from '../../lib/domain/names/naming';
import { DEFAULT_RECLAIM_POLICY, reclaimParameters } from '../../lib/domain/plan/reclaim-policy';
import { documentFiles, renderDocument, type Placeholders } from '../../lib/runbooks/document-source';

/** What the heal construct gives: names and numbers in place of tokens. */
export const PLACEHOLDERS: Placeholders = {
  AutomationRoleArn: 'arn:aws:iam::123456789012:role/automation',
  PlanFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:plan',
  RecordFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:record',
  GameDayRoleArn: 'arn:aws:iam::123456789012:role/game-day',
  GameDayFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:game-day',
  FillToPercent: '82',
  'document:Drill': 'headroom-test-Drill',
  RestoreRoleArn: 'arn:aws:iam::123456789012:role/restore',
  EtcdSnapshotBucket: 'headroom-test-etcd-123456789012-eu-central-1',
  EtcdSnapshotBucketOwner: '123456789012',
  'document:RestoreEtcdMember': 'headroom-test-RestoreEtcdMember',
  ...Object.fromEntries(
    ['DiagnoseNode', 'DrainNode', 'UpgradeNode', 'ReplaceWorker', 'RetireWorker'].map((name) => [
      `${name}RoleArn`,
      `arn:aws:iam::123456789012:role/${name}`,
    ]),
  ),
  OperateFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:operate',
  TopicArn: 'arn:aws:sns:eu-central-1:123456789012:people',
  EnvironmentName: 'test',
  KubernetesVersion: '1.36.3',
  EmergencyPercent: '95',
  'document:InspectNode': 'headroom-test-InspectNode',
  'document:ClusterFacts': 'headroom-test-ClusterFacts',
  'document:UpgradePackages': 'headroom-test-UpgradePackages',
  'document:RetireWorker': 'headroom-test-RetireWorker',
  TargetPercent: 75,
  ...reclaimParameters(DEFAULT_RECLAIM_POLICY),
  WarningPercent: 80,
  AskSeconds: 3600,
  Approvers: ['arn:aws:iam::111122223333:role/oncall'],
  'document:AssessNode': 'headroom-test-AssessNode',
  'document:ReclaimDisk': 'headroom-test-ReclaimDisk',
  'document:ExtendRoot': 'headroom-test-ExtendRoot',
  'document:RestartKubelet': 'headroom-test-RestartKubelet',
  'document:VerifyNode': 'headroom-test-VerifyNode',
  'document:CordonDrainNode': 'headroom-test-CordonDrainNode',
};

const parameter = z.object({
  type: z.string(),
  description: z.string(),
  default: z.unknown().optional(),
  allowedPattern: z.string().optional(),
  interpolationType: z.string().optional(),
});

const step = z.looseObject({
  name: z.string(),
  action: z.string(),
  timeoutSeconds: z.number().optional(),
  onFailure: z.string().optional(),
  nextStep: z.string().optional(),
  isEnd: z.boolean().optional(),
  maxAttempts: z.number().optional(),
  precondition: z.unknown().optional(),
  outputs: z.array(z.object({ Name: z.string(), Selector: z.string(), Type: z.string() })).optional(),
  inputs: z.record(z.string(), z.unknown()),
});
export type Step = z.infer<typeof step>;

const document = z.object({
  schemaVersion: z.enum(['0.3', '2.2']),
  description: z.string(),
  assumeRole: z.string().optional(),
  outputs: z.array(z.string()).optional(),
  parameters: z.record(z.string(), parameter),
  mainSteps: z.array(step),
});
export type SsmDocument = z.infer<typeof document>;

/** Every YAML file of the rooms' folders: a new one is held to the rules at once. */
export const DOCUMENT_FILES = documentFiles().filter((name): name is DocumentBaseName =>
  (DOCUMENTS as readonly string[]).includes(name),
);

export const rendered = (base: DocumentBaseName): SsmDocument =>
  document.parse(renderDocument(base, PLACEHOLDERS));

/** The files by kind: `2.2` run on a node, `0.3` are run by Automation. */
export const documentsOfSchema = (version: SsmDocument['schemaVersion']): DocumentBaseName[] =>
  DOCUMENT_FILES.filter((name) => rendered(name).schemaVersion === version);

/** Every string below a value, keys left out. */
export const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(stringsIn);
  return [];
};

/** The names in `{{ NAME }}` and `{{NAME}}`, e.g. `InstanceId`, `assess.Output`, `automation:EXECUTION_ID`. */
export const referencesIn = (value: unknown): string[] =>
  stringsIn(value).flatMap((text) =>
    [...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1] ?? ''),
  );

/** A rendered script with the files that it carries in plain text. */
export const unpacked = (script: string): string =>
  script.replace(
    /^(.* <<'HEADROOM_FILE'.*\n)(.*)(\nHEADROOM_FILE)$/gm,
    (_, before: string, file: string, after: string) =>
      [before, gunzipSync(Buffer.from(file, 'base64')).toString(), after].join(''),
  );
