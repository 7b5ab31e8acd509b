import { growthPerSecond } from '../../domain/sizing/growth-forecast';
import type { LiveNodeGroup, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { initialSizeGiB, groupFix, isHealed, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { MODIFICATIONS_A_DAY, grownOnceGiB } from './support/volume-limits';

const SECONDS_A_DAY = 86_400;
/** Long enough to raise a cap on a working day. Days. */
const MINIMUM_DAYS = 7;

/** The minimum that healing can buy in a day: its minimum step, as often as EBS allows. GiB. */
const dailyGrowthGiB = (sizeGiB: number): number => {
  let grown = sizeGiB;
  for (let count = 0; count < MODIFICATIONS_A_DAY; count += 1) grown = grownOnceGiB(grown);
  return grown - sizeGiB;
};

interface Pace {
  readonly gibPerDay: number;
  readonly source: 'declared' | 'measured';
}

/** The greater of what is declared and what is measured; undefined: neither. */
const paceOf = (
  { policy }: NodeGroupFacts,
  live: LiveNodeGroup | undefined,
  sizeGiB: number,
): Pace | undefined => {
  const perSecond = live === undefined ? undefined : growthPerSecond(live.samples);
  const measured = perSecond === undefined ? undefined : (perSecond / 100) * SECONDS_A_DAY * sizeGiB;
  const declared = policy.growthGiBPerDay;
  if (measured !== undefined && measured > (declared ?? 0))
    return { gibPerDay: measured, source: 'measured' };
  return declared === undefined
    ? measured === undefined
      ? undefined
      : { gibPerDay: measured, source: 'measured' }
    : { gibPerDay: declared, source: 'declared' };
};

const check = (group: NodeGroupFacts, live: LiveNodeGroup | undefined): Outcome[] => {
  const subject = groupSubject(group);
  const { maxSizeGiB, growthGiBPerDay } = group.policy;
  const initial = initialSizeGiB(group);
  const grown = Math.max(0, ...(live?.volumes ?? []).map(({ sizeGiB }) => sizeGiB));
  const sizeGiB = Math.max(grown, initial.state === 'known' ? initial.value : 0);
  if (sizeGiB === 0) {
    // How fast it fills is not declared: there is nothing to compare a size with.
    if (growthGiBPerDay === undefined && live === undefined && !isHealed(group)) return [];
    return [
      cannotTell(
        subject,
        `the size of ${volumeName(group)} is unknown: ${initial.state === 'unknown' ? initial.why : 'none is declared, it is the image’s'}`,
      ),
    ];
  }
  const pace = paceOf(group, live, sizeGiB);
  if (pace === undefined)
    return isHealed(group) || live !== undefined
      ? [
          cannotTell(
            subject,
            `how fast ${volumeName(group)} fills is neither declared (growthGiBPerDay) nor measured`,
          ),
        ]
      : [];
  if (!Number.isFinite(pace.gibPerDay) || pace.gibPerDay < 0)
    return [cannotTell(subject, `${pace.gibPerDay} GiB a day is not a growth`)];
  const fills = `${volumeName(group)} fills by ${figure(pace.gibPerDay)} GiB a day (${pace.source})`;
  const dailyGiB = dailyGrowthGiB(sizeGiB);
  if (pace.gibPerDay > dailyGiB)
    return [
      finding(
        subject,
        `${fills}, and ${MODIFICATIONS_A_DAY} growths from ${figure(sizeGiB)} GiB give ${figure(dailyGiB)} GiB a day.`,
        { remediation: largerSize(group, pace.gibPerDay) },
      ),
    ];
  if (maxSizeGiB === undefined || pace.gibPerDay <= 0) return [pass(subject)];
  const days = Math.max(0, maxSizeGiB - sizeGiB) / pace.gibPerDay;
  if (days >= MINIMUM_DAYS) return [pass(subject)];
  const wanted = Math.ceil(sizeGiB + pace.gibPerDay * MINIMUM_DAYS);
  return [
    finding(
      subject,
      `${fills}, and the ${figure(Math.max(0, maxSizeGiB - sizeGiB))} GiB up to its cap of ${figure(maxSizeGiB)} GiB last ${figure(Math.floor(days * 10) / 10)} days.`,
      {
        severity: days < 1 ? 'error' : 'warning',
        remediation: `Find what grows, or set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')} to ${wanted} or more.`,
        fix: groupFix(group, 'rootVolume.maxSizeGiB', wanted),
      },
    ),
  ];
};

/** The smallest initial size from which four growths a day are enough. */
const largerSize = (group: NodeGroupFacts, gibPerDay: number): string => {
  // Four steps of 20 %, rounded up, give a little more than the disk itself.
  let sizeGiB = Math.max(1, Math.floor(gibPerDay / 1.2));
  while (dailyGrowthGiB(sizeGiB) < gibPerDay) sizeGiB += Math.max(1, Math.floor(sizeGiB / 100));
  return `Find what grows; if it must, set ${whereToEdit(group, 'rootVolume.sizeGiB', 'the volume size')} to ${sizeGiB} or more.`;
};

/** A volume of 100 GiB that fills at this pace. */
const growing = (growthGiBPerDay: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { role: worker, maxSizeGiB: 600, growthGiBPerDay: ${growthGiBPerDay} } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: 100, Encrypted: true } }]
`;

export const growthOutrunsModifications = defineRule({
  id: 'growth-outruns-modifications',
  severity: 'error',
  title: 'Growth outruns what EBS allows',
  needs: ['nodeGroups', 'live?'],
  what: [
    `The declared or measured growth of each root volume, against what ${MODIFICATIONS_A_DAY} modifications in a rolling 24 h of at least max(10 GiB, 20 %) each give, and against the days until maxSizeGiB.`,
    `Growth is declared as \`growthGiBPerDay\` or measured with \`--live\`; the greater counts. \`maxSizeGiB\` should last ${MINIMUM_DAYS} days (less is a warning, less than one day an error). For a healed group whose growth is unknown it cannot tell.`,
  ],
  why: [
    `A volume takes ${MODIFICATIONS_A_DAY} modifications a day. What fills faster is full again before the next one is allowed, and nothing but cleaning up is left.`,
    'Each modification is allowed only once the one before is completed ([requirements for EBS volume modifications](https://docs.aws.amazon.com/ebs/latest/userguide/modify-volume-requirements.html)).',
  ],
  fix: [
    'Find what grows and bound it, or start with a larger volume.',
    'Bound it by log sizes, image collection, or another volume. Otherwise start with a larger volume, or raise the cap.',
  ],
  acceptable: 'a migration that ends on Friday',
  examples: [{ fails: growing(200), passes: growing(60) }],
  check: ({ head, live }) =>
    head.nodeGroups.flatMap((group) =>
      check(
        group,
        live?.find(({ id }) => id === group.id),
      ),
    ),
});
