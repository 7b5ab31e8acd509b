import type { Mistake, Path } from '../../domain/mistakes/file-mistake';
import { groupsApart, protectsControlPlanes, rolesOfControlPlane, someNodes } from './attached';
import { gameDayGroup, groupCount, maxAboveMin, prefixFreeNames } from './groups';
import { approversForAsk, approversOfAccount, modesOfKnownGroups, roomForModes } from './healing';
import { webhookSecretOfAccount } from './notifications';
import { alignedCidr, rangesApart, roomForNodes } from './ranges';
import { reader, type Check } from './reader';
import { capAboveSize, gp3Ratios, risingLevels } from './volumes';
import { zonePerMember, zonesInRegion } from './zones';

const EXISTING: Path = ['cluster', 'existing'];

const distinct =
  (what: string, path: Path): Check =>
  ({ list }) =>
    list(path).flatMap((value, index, all) =>
      all.indexOf(value) === index
        ? []
        : [{ path: [...path, index], rule: `be listed once`, found: value, fix: `remove this ${what}` }],
    );

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
