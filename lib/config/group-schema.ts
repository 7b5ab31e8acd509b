import { z } from 'zod';
import { CONTROL_PLANE_GROUP } from '../domain/names/naming';
import { field, oneOf, wholeNumber } from './field';
import { DEFAULTS, GP3, MAX_GROWTH_GIB_PER_DAY, MIN_ROOT_GIB, OPERATING_SYSTEMS } from './rules';

export const os = field(
  z.enum(OPERATING_SYSTEMS),
  `Operating system; decides AMI, root device and filesystem (ext4 on Ubuntu, xfs on Amazon Linux). Default: ${DEFAULTS.os}.`,
  oneOf(OPERATING_SYSTEMS),
  `write ${DEFAULTS.os}, or leave the key out`,
).default(DEFAULTS.os);

const maxSizeGiB = wholeNumber(
  MIN_ROOT_GIB,
  GP3.maxGiB,
  'GiB',
  'Healing never grows the volume beyond this. Required: without a cap there is no growth.',
  200,
);

const growthGiBPerDay = field(
  z.number().min(0).max(MAX_GROWTH_GIB_PER_DAY),
  'How fast / of a node fills, as you expect it; only the audit reads it, for the days of headroom. Default: not known.',
  `a number from 0 to ${MAX_GROWTH_GIB_PER_DAY} GiB a day`,
  'write a number in that range, e.g. 0.5, or leave the key out',
).optional();

export const rootVolume = z
  .strictObject({
    sizeGiB: wholeNumber(MIN_ROOT_GIB, GP3.maxGiB, 'GiB', 'Initial size of the root volume.', 30),
    maxSizeGiB,
    type: field(
      z.literal('gp3'),
      'EBS volume type. Default: gp3.',
      'gp3',
      'write gp3, or leave the key out',
    ).default('gp3'),
    iops: wholeNumber(
      GP3.minIops,
      GP3.maxIops,
      'IOPS',
      `Provisioned IOPS. Default: ${DEFAULTS.iops}.`,
      DEFAULTS.iops,
    ).default(DEFAULTS.iops),
    throughputMiBps: wholeNumber(
      GP3.minThroughputMiBps,
      GP3.maxThroughputMiBps,
      'MiB/s',
      `Provisioned throughput. Default: ${DEFAULTS.throughputMiBps}.`,
      DEFAULTS.throughputMiBps,
    ).default(DEFAULTS.throughputMiBps),
    growthGiBPerDay,
  })
  .describe('The root volume of each node.');

/** Of nodes that run already: neither their initial size nor their speed is ours to decide. */
export const existingRootVolume = z
  .strictObject({
    sizeGiB: wholeNumber(1, GP3.maxGiB, 'GiB', 'Size of the root volume that new nodes have.', 80),
    maxSizeGiB,
    growthGiBPerDay,
  })
  .describe('The root volume of each node.');

export const groupName = field(
  z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/)
    .refine((name) => name !== CONTROL_PLANE_GROUP),
  'Name of a worker group.',
  `a name of 1 to 30 lower-case letters, digits and hyphens that begins with a letter, ends with no hyphen and is not "${CONTROL_PLANE_GROUP}"`,
  'rename the group, e.g. general',
);
