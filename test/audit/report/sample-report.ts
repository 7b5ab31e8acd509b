import type { Place } from '../../../lib/audit/facts';
import type { AuditReport, NodeGroupFigures, ReportedFinding } from '../../../lib/audit/report-model';

export const place = (logicalId: string, more: Partial<Place> = {}): Place => ({
  file: 'assembly-headroom-prod/cluster.template.json',
  stackName: 'headroom-prod-cluster',
  logicalId,
  resourceType: 'AWS::EC2::LaunchTemplate',
  constructPath: `headroom-prod/cluster/${logicalId}`,
  line: 120,
  ...more,
});

/** A disk that fills at a steady rate and is grown at 80 % up to its cap. */
const curve = (sizeGiB: number, capGiB: number, growthGiBPerDay: number): NodeGroupFigures['curve'] => {
  const points: { day: number; usedPercent: number; sizeGiB: number }[] = [];
  let size = sizeGiB;
  for (let day = 0; day <= 120; day += 2) {
    const used = 12 + day * growthGiBPerDay;
    if (used / size >= 0.8) size = Math.min(capGiB, size + Math.max(10, Math.round(size * 0.2)));
    points.push({ day, usedPercent: Math.min(100, (used / size) * 100), sizeGiB: size });
  }
  return points;
};

export const figures = (
  sizeGiB: number,
  capGiB: number,
  more: Partial<NodeGroupFigures> = {},
): NodeGroupFigures => {
  const growth = 1.5;
  const until = (share: number) => ({ value: Math.max(0, (sizeGiB * share - 12) / growth) });
  return {
    nodes: { min: { value: 3 }, max: { value: 12 } },
    sizeGiB: { value: sizeGiB },
    maxSizeGiB: { value: capGiB },
    recommendedGiB: { value: 64 },
    growthGiBPerDay: { value: growth },
    growthSource: 'declared',
    days: {
      warning: until(0.8),
      critical: until(0.9),
      emergency: until(0.95),
      full: until(1),
      cap: { value: (capGiB - 12) / growth },
    },
    costPerMonth: {
      atMin: { value: sizeGiB * 3 * 0.096 },
      atMax: { value: sizeGiB * 12 * 0.096 },
      atCap: { value: capGiB * 12 * 0.096 },
    },
    curve: curve(sizeGiB, capGiB, growth),
    ...more,
  };
};

export const finding = (more: Partial<ReportedFinding> = {}): ReportedFinding => ({
  rule: 'root-volume-below-recommendation',
  title: 'Root volume below the recommendation',
  severity: 'warning',
  subject: { place: place('General'), nodeGroup: 'general-id', name: 'general' },
  message: '/ of general starts with 32 GiB, below the 64 GiB that its role needs.',
  why: 'A disk that is born too small lives by healing alone.',
  remediation: 'Declare 64 GiB.',
  fix: { file: 'environments/prod.yaml', path: 'workerGroups.general.rootVolume.sizeGiB', value: 64 },
  at: { file: 'environments/prod.yaml', line: 19 },
  isNew: true,
  ...more,
});

const levels = { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 };

/** 64 → 32 GiB: what the issue begins with. */
export const sampleReport = (more: Partial<AuditReport> = {}): AuditReport => ({
  schema: 1,
  at: '2026-11-21T04:00:00.000Z',
  audited: 'environment prod',
  base: '../main/cdk.out',
  verdict: 'findings',
  failOn: 'error',
  failed: true,
  findings: [
    finding({
      rule: 'instance-replaced',
      title: 'Instance replaced',
      severity: 'error',
      subject: { place: place('ControlPlane0'), nodeGroup: 'control-plane-id', name: 'control-plane' },
      message: 'BlockDeviceMappings changes, so CloudFormation replaces ControlPlane0 and its etcd member.',
      why: 'A control-plane node that is replaced takes its etcd with it.',
      remediation: 'Pin the instance to version 1 of its launch template and grow the volume in place.',
      fix: undefined as never,
      at: { file: 'assembly-headroom-prod/cluster.template.json', line: 120 },
    }),
    finding(),
    finding({
      rule: 'alarm-missing-data',
      title: 'Missing data',
      subject: { place: place('DiskAlarm'), name: 'headroom-prod-disk' },
      message: 'headroom-prod-disk treats missing data as notBreaching.',
      why: 'An agent that died looks like a healthy disk.',
      remediation: 'Set TreatMissingData to breaching, or add a silence alarm.',
      fix: undefined as never,
      isNew: false,
    }),
  ],
  suppressed: [
    {
      ...finding({ rule: 'instance-metadata-v1', severity: 'error', isNew: false, fix: undefined as never }),
      suppression: {
        rule: 'instance-metadata-v1',
        reason: 'An old agent needs it until the move to 2.0.',
        expires: '2027-01-31',
        place: { file: '.headroom-audit.yaml', line: 3 },
      },
    },
  ],
  cannotTell: [
    {
      rule: 'volume-unencrypted',
      subject: { place: place('Data'), name: 'Data' },
      why: 'Encrypted is a Ref to a parameter without default.',
    },
  ],
  unreadable: [{ file: 'broken.template.json', why: 'line 3: unexpected end of JSON' }],
  rules: [
    { id: 'instance-replaced', passed: 2, looked: 3 },
    { id: 'root-volume-below-recommendation', passed: 1, looked: 2 },
  ],
  nodeGroups: [
    {
      id: 'control-plane-id',
      name: 'control-plane',
      role: 'control-plane',
      change: 'changed',
      before: figures(64, 200),
      after: figures(32, 200),
      levels,
    },
    {
      id: 'general-id',
      name: 'general',
      role: 'worker',
      change: 'changed',
      before: figures(64, 400),
      after: figures(32, 300),
      levels,
    },
    {
      id: 'memory-id',
      name: 'memory',
      role: 'worker',
      change: 'unchanged',
      before: figures(80, 500),
      after: figures(80, 500),
      levels,
    },
    {
      id: 'batch-id',
      name: 'batch',
      role: 'worker',
      change: 'added',
      after: figures(40, 100, {
        growthGiBPerDay: { why: 'nothing declares or measures it' },
        growthSource: 'none',
        days: {
          warning: { why: 'no growth rate is known' },
          critical: { why: 'no growth rate is known' },
          emergency: { why: 'no growth rate is known' },
          full: { why: 'no growth rate is known' },
          cap: { why: 'no growth rate is known' },
        },
        curve: [],
      }),
    },
  ],
  prices: { date: '2026-11-01', source: 'the AWS price list', unknownRegions: [] },
  ...more,
});
