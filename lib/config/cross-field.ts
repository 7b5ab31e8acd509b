import { rolesOfControlPlane } from './attached-roles-check';
import { rangesApart, roomForNodes } from './cidr-checks';
import { webhookSecretOfAccount } from './notifications-checks';
import { approversForAsk, approversOfAccount, modesOfKnownGroups, roomForModes } from './healing-checks';
import { valueAt, type Mistake, type Path } from '../domain/mistakes/file-mistake';
import { schemaOf } from './mistakes';
import { unknownNodeGroup } from './node-group-check';
import { DEFAULTS, GP3, MAX_WORKER_GROUPS, gp3MaxIops, gp3MaxThroughputMiBps } from './rules';
import { attachedSchema } from './schema';

const EXISTING: Path = ['cluster', 'existing'];

/** A rule over several fields. It stays silent about a field that is not there or of the wrong type. */
export type Check = (read: Reader) => Mistake[];

export interface Reader {
  readonly number: (path: Path, otherwise?: number) => number | undefined;
  readonly text: (path: Path) => string | undefined;
  readonly list: (path: Path) => readonly unknown[];
  /** Names of the worker groups, which are at {@link groupsAt}. */
  readonly groups: () => readonly string[];
  readonly groupsAt: Path;
  readonly controlPlaneAt: Path;
  readonly isAttached: boolean;
  readonly raw: (path: Path) => unknown;
}

const reader = (raw: unknown): Reader => {
  const isAttached = schemaOf(raw) === attachedSchema;
  const base = isAttached ? EXISTING : [];
  return {
    ...valuesOf(raw, [...base, 'workerGroups']),
    controlPlaneAt: [...base, 'controlPlane'],
    isAttached,
  };
};

const valuesOf = (raw: unknown, groupsAt: Path): Omit<Reader, 'controlPlaneAt' | 'isAttached'> => ({
  groupsAt,
  raw: (path) => valueAt(raw, path),
  number: (path, otherwise) => {
    const value = valueAt(raw, path) ?? otherwise;
    return typeof value === 'number' ? value : undefined;
  },
  text: (path) => {
    const value = valueAt(raw, path);
    return typeof value === 'string' ? value : undefined;
  },
  list: (path) => {
    const value = valueAt(raw, path);
    return Array.isArray(value) ? (value as unknown[]) : [];
  },
  groups: () => {
    const value = valueAt(raw, groupsAt);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  },
});

const risingLevels: Check = ({ number }) => {
  const order = ['targetPercent', 'warningPercent', 'criticalPercent', 'emergencyPercent'] as const;
  return order.slice(1).flatMap((higher, index) => {
    const lower = order[index] ?? higher;
    const low = number(['diskLevels', lower], DEFAULTS.diskLevels[lower]);
    const high = number(['diskLevels', higher], DEFAULTS.diskLevels[higher]);
    if (low === undefined || high === undefined || low < high) return [];
    return [
      {
        path: ['diskLevels', higher],
        rule: `be above ${lower} (${low})`,
        found: high,
        fix: `write more than ${low}, or lower ${lower}; defaults are ${order.map((key) => DEFAULTS.diskLevels[key]).join(' < ')}`,
      },
    ];
  });
};

const volumePaths = (read: Reader): Path[] => [
  [...read.controlPlaneAt, 'rootVolume'],
  ...read.groups().map((group) => [...read.groupsAt, group, 'rootVolume']),
];

const capAboveSize: Check = (read) =>
  volumePaths(read).flatMap((path) => {
    const size = read.number([...path, 'sizeGiB']);
    const cap = read.number([...path, 'maxSizeGiB']);
    if (size === undefined || cap === undefined || cap >= size) return [];
    const rule = `be at least sizeGiB (${size})`;
    return [{ path: [...path, 'maxSizeGiB'], rule, found: cap, fix: `write ${size} or more` }];
  });

const gp3Ratios: Check = (read) =>
  // How fast the volumes of nodes are that run already, nobody is asked.
  (read.isAttached ? [] : volumePaths(read)).flatMap((path) => {
    const size = read.number([...path, 'sizeGiB']);
    const iops = read.number([...path, 'iops'], DEFAULTS.iops);
    const throughput = read.number([...path, 'throughputMiBps'], DEFAULTS.throughputMiBps);
    const mistakes: Mistake[] = [];
    if (size !== undefined && iops !== undefined && iops > gp3MaxIops(size))
      mistakes.push({
        path: [...path, 'iops'],
        rule: `be at most ${gp3MaxIops(size)} for ${size} GiB (gp3 gives ${GP3.maxIopsPerGiB} IOPS per GiB)`,
        found: iops,
        fix: `write ${gp3MaxIops(size)} or less, or raise sizeGiB to ${Math.ceil(iops / GP3.maxIopsPerGiB)}`,
      });
    if (iops !== undefined && throughput !== undefined && throughput > gp3MaxThroughputMiBps(iops))
      mistakes.push({
        path: [...path, 'throughputMiBps'],
        rule: `be at most ${gp3MaxThroughputMiBps(iops)} for ${iops} IOPS (gp3 gives ${GP3.maxThroughputMiBpsPerIops} MiB/s per IOPS)`,
        found: throughput,
        fix: `write ${gp3MaxThroughputMiBps(iops)} or less, or raise iops to ${Math.ceil(throughput / GP3.maxThroughputMiBpsPerIops)}`,
      });
    return mistakes;
  });

const maxAboveMin: Check = ({ number, groups }) =>
  groups().flatMap((group) => {
    const min = number(['workerGroups', group, 'min']);
    const max = number(['workerGroups', group, 'max']);
    if (min === undefined || max === undefined || max >= min) return [];
    const path = ['workerGroups', group, 'max'];
    return [{ path, rule: `be at least min (${min})`, found: max, fix: `write ${min} or more` }];
  });

const zonesInRegion: Check = ({ text, list }) => {
  const region = text(['region']);
  return list(['zones']).flatMap((zone, index) => {
    if (region === undefined || typeof zone !== 'string' || zone.slice(0, -1) === region) return [];
    const rule = `be a zone of the region ${region}`;
    return [{ path: ['zones', index], rule, found: zone, fix: `write e.g. ${region}a` }];
  });
};

const distinct =
  (what: string, path: Path): Check =>
  ({ list }) =>
    list(path).flatMap((value, index, all) =>
      all.indexOf(value) === index
        ? []
        : [{ path: [...path, index], rule: `be listed once`, found: value, fix: `remove this ${what}` }],
    );

const zonePerMember: Check = ({ number, list, raw }) => {
  const count = number(['controlPlane', 'count']);
  const zones = new Set(list(['zones'])).size;
  if (count !== 3 || zones === 0 || zones >= count) return [];
  return [
    {
      path: ['zones'],
      rule: `name at least ${count} zones for ${count} control-plane nodes, so that one zone's loss leaves a quorum`,
      found: raw(['zones']),
      fix: 'add zones, or write controlPlane.count: 1',
    },
  ];
};

/** One group's alarm-name prefix must not match another's alarms: each group has an event rule of its own. */
const prefixFreeNames: Check = ({ groups, groupsAt }) =>
  groups().flatMap((name) => {
    const shorter = groups().find((other) => name.startsWith(`${other}-`));
    if (shorter === undefined) return [];
    return [
      {
        path: [...groupsAt, name],
        rule: `have a name that does not begin with the name of the group "${shorter}" and a hyphen (their alarms would be mixed up)`,
        found: name,
        fix: `rename it, e.g. ${name.slice(shorter.length + 1)}-${shorter}`,
        atKey: true,
      },
    ];
  });

const groupCount: Check = ({ groups, groupsAt, raw }) =>
  groups().length <= MAX_WORKER_GROUPS
    ? []
    : [
        {
          path: groupsAt,
          rule: `have at most ${MAX_WORKER_GROUPS} groups`,
          found: raw(groupsAt),
          fix: 'merge groups, or split the environment',
        },
      ];

/** A game day of a group that is not there would fail each month, far from whoever wrote it. */
const gameDayGroup: Check = (read) => {
  const path = ['gameDays', 'nodeGroup'];
  const group = read.text(path);
  return group === undefined ? [] : unknownNodeGroup(read, path, group);
};

/** The range must begin where its prefix says, or AWS refuses it. */
const alignedCidr: Check = ({ text }) => {
  const cidr = text(['vpcCidr']);
  const [, prefix, third, bits] = /^(\d+\.\d+)\.(\d+)\.0\/(1[6-9]|20)$/.exec(cidr ?? '') ?? [];
  if (cidr === undefined || prefix === undefined) return [];
  const block = 2 ** (24 - Number(bits));
  const start = Math.floor(Number(third) / block) * block;
  if (start === Number(third)) return [];
  const fix = `write ${prefix}.${start}.0/${bits}`;
  return [{ path: ['vpcCidr'], rule: `begin at a multiple of its size`, found: cidr, fix }];
};

const someNodes: Check = (read) =>
  read.isAttached && read.raw(read.groupsAt) !== undefined && read.groups().length === 0
    ? read.raw(read.controlPlaneAt) === undefined
      ? [
          {
            path: read.groupsAt,
            rule: 'name at least one group where cluster.existing has no controlPlane',
            found: read.raw(read.groupsAt),
            fix: 'name the Auto Scaling groups whose nodes are looked after, or the controlPlane',
          },
        ]
      : []
    : [];

/** A node is in one group: its alarms and its cap are that group's. */
const groupsApart: Check = ({ groups, groupsAt, text, isAttached }) => {
  const nameOf = (group: string): string | undefined => text([...groupsAt, group, 'autoScalingGroupName']);
  return (isAttached ? groups() : []).flatMap((group, index, all) => {
    const name = nameOf(group);
    const other = all.slice(0, index).find((before) => nameOf(before) === name);
    if (name === undefined || other === undefined) return [];
    const path = [...groupsAt, group, 'autoScalingGroupName'];
    const rule = `be of one group only (${other} has it too)`;
    return [{ path, rule, found: name, fix: 'write another Auto Scaling group, or remove one of the two' }];
  });
};

const protectsControlPlanes: Check = ({ isAttached, controlPlaneAt, raw }) =>
  isAttached && raw(['protect']) !== undefined && raw(controlPlaneAt) === undefined
    ? [
        {
          path: ['protect'],
          rule: 'be left out where cluster.existing has no controlPlane, since only control planes are protected',
          found: raw(['protect']),
          fix: 'remove the key, or name the instances in cluster.existing.controlPlane',
          atKey: true,
        },
      ]
    : [];

const CHECKS: readonly Check[] = [
  risingLevels,
  capAboveSize,
  gp3Ratios,
  maxAboveMin,
  zonesInRegion,
  distinct('zone', ['zones']),
  distinct('address', ['notifications', 'emails']),
  distinct('approver', ['healing', 'approvers']),
  distinct('step', ['reclaim', 'skip']),
  distinct('instance', [...EXISTING, 'controlPlane', 'instanceIds']),
  distinct('role', [...EXISTING, 'nodeRoleNames']),
  distinct('role', [...EXISTING, 'controlPlane', 'nodeRoleNames']),
  zonePerMember,
  prefixFreeNames,
  groupCount,
  gameDayGroup,
  approversForAsk,
  approversOfAccount,
  roomForModes,
  webhookSecretOfAccount,
  modesOfKnownGroups,
  alignedCidr,
  rangesApart,
  roomForNodes,
  someNodes,
  groupsApart,
  protectsControlPlanes,
  rolesOfControlPlane,
];

/** Mistakes between fields of a parsed file, whatever else is wrong with it. */
export const crossFieldMistakes = (raw: unknown): Mistake[] => CHECKS.flatMap((check) => check(reader(raw)));
