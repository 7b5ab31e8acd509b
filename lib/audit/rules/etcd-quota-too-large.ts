import { DEFAULT_DISK_LEVELS } from '../../domain/plan/disk-policy';
import { DEFAULT_ETCD_QUOTA_GIB } from '../../domain/sizing/sizing';
import type { Fact, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { initialSizeGiB, sizeFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';

/** The largest that etcd does not warn of. GiB. Source: https://etcd.io/docs/v3.6/dev-guide/limit/ */
const LARGEST_QUOTA_GIB = 8;
/** The database, its copy while it is defragmented, and one snapshot. */
const COPIES = 3;
/** System, control-plane images, journal and logs of a node that runs nothing else. GiB. */
const SYSTEM_GIB = 10;
/** Where no levels are declared: healing starts here, and etcd should not be what starts it. */
const WARNING_PERCENT = DEFAULT_DISK_LEVELS.warningPercent;

const GIB = 1024 ** 3;

/** `--quota-backend-bytes` in a text such as user data. GiB. */
const quotaInText = (text: string): number | undefined => {
  const [, bytes] =
    /quota-backend-bytes["']?\s*[:=,\s]\s*(?:value\s*:\s*)?["']?(\d{6,15})\b/.exec(text) ?? [];
  return bytes === undefined ? undefined : Number(bytes) / GIB;
};

const quotaOf = ({ policy, userData }: NodeGroupFacts): Fact<number> => {
  if (policy.etcdQuotaGiB !== undefined) return { state: 'known', value: policy.etcdQuotaGiB };
  if (userData.state === 'unknown')
    return { state: 'unknown', why: `the user data, which may set it, is unknown: ${userData.why}` };
  const inText = userData.state === 'known' ? quotaInText(userData.value) : undefined;
  return inText === undefined ? { state: 'absent' } : { state: 'known', value: inText };
};

const check = (group: NodeGroupFacts): Outcome[] => {
  const subject = groupSubject(group);
  const quota = quotaOf(group);
  if (quota.state === 'unknown') return [cannotTell(subject, `etcd's quota is unknown: ${quota.why}`)];
  const quotaGiB = quota.state === 'known' ? quota.value : DEFAULT_ETCD_QUOTA_GIB;
  const whose =
    quota.state === 'known'
      ? `etcd's quota of ${figure(quotaGiB)} GiB`
      : `etcd's default quota of ${DEFAULT_ETCD_QUOTA_GIB} GiB`;
  if (quotaGiB > LARGEST_QUOTA_GIB)
    return [
      finding(subject, `${whose} is above the ${LARGEST_QUOTA_GIB} GiB up to which etcd is meant to run.`, {
        remediation: `Set --quota-backend-bytes to ${LARGEST_QUOTA_GIB * GIB} or less, and find out what fills etcd.`,
      }),
    ];
  const size = initialSizeGiB(group);
  // Nothing declared is root-volume-size-of-image's.
  if (size.state === 'absent') return [];
  if (size.state === 'unknown')
    return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
  const declaredPercent = group.policy.diskLevels?.warningPercent ?? WARNING_PERCENT;
  const warningPercent = declaredPercent > 0 && declaredPercent < 100 ? declaredPercent : WARNING_PERCENT;
  const neededGiB = COPIES * quotaGiB + SYSTEM_GIB;
  const roomGiB = (size.value * warningPercent) / 100;
  if (neededGiB <= roomGiB) return [pass(subject)];
  const wantedGiB = Math.ceil((neededGiB * 100) / warningPercent);
  return [
    finding(
      subject,
      `${whose} needs ${figure(neededGiB)} GiB with defragmentation, a snapshot and the system, and ${volumeName(group)} has ${figure(roomGiB)} GiB below its warning at ${figure(warningPercent)} %.`,
      {
        remediation: `Set ${whereToEdit(group, 'rootVolume.sizeGiB', 'the volume size')} to ${wantedGiB} or more, or lower the quota.`,
        fix: sizeFix(group, wantedGiB),
      },
    ),
  ];
};

/** A root volume of 40 GiB, and an etcd with this quota. */
const quota = (etcdQuotaGiB: number): string => yaml`
  Resources:
    ControlPlane:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { etcdQuotaGiB: ${etcdQuotaGiB} } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: 40, Encrypted: true } }]
`;

export const etcdQuotaTooLarge = defineRule({
  id: 'etcd-quota-too-large',
  severity: 'error',
  title: 'etcd’s quota does not fit',
  needs: ['nodeGroups'],
  what: [
    `Whether ${COPIES} times etcd’s quota (the database, its copy while it is defragmented, one snapshot) and ${SYSTEM_GIB} GiB for the system fit below the warning level of each control-plane node.`,
    `The quota is \`etcdQuotaGiB\` of [Metadata.Headroom](metadata.md), else \`--quota-backend-bytes\` in the user data, else etcd’s default of ${DEFAULT_ETCD_QUOTA_GIB} GiB. A quota above ${LARGEST_QUOTA_GIB} GiB is a finding whatever the disk’s size ([etcd’s limits](https://etcd.io/docs/v3.6/dev-guide/limit/)).`,
  ],
  why: [
    'The fix for a full etcd is to defragment it, which writes a second copy of the database. Where that does not fit, the fix fills the disk, and etcd stops for good.',
  ],
  fix: [
    'Make the root volume larger, or lower --quota-backend-bytes.',
    '`--fix` writes the size into an environment file.',
  ],
  acceptable: 'etcd has its own volume',
  examples: [{ fails: quota(8), passes: quota(4) }],
  check: ({ head }) =>
    head.nodeGroups
      .filter(({ role, policy }) => role === 'control-plane' || policy.etcdQuotaGiB !== undefined)
      .flatMap(check),
});
