import { CONTROL_PLANE_GROUP } from '../../domain/names/naming';
import type { Reader } from './reader';
import { orMeant } from '../../domain/mistakes/did-you-mean';
import type { Mistake, Path } from '../../domain/mistakes/file-mistake';

/** The mistake of naming a node group that the environment does not have; none where its groups are not written. */
export const unknownNodeGroup = (read: Reader, path: Path, name: string, atKey = false): Mistake[] => {
  if (read.raw(read.groupsAt) === undefined) return [];
  const hasControlPlane = !read.isAttached || read.raw(read.controlPlaneAt) !== undefined;
  const known = [...(hasControlPlane ? [CONTROL_PLANE_GROUP] : []), ...read.groups()];
  if (known.includes(name)) return [];
  const fix = orMeant(name, known, `write e.g. ${known[1] ?? known[0]}`);
  const rule = `be one of the node groups: ${known.join(', ')}`;
  return [{ path, rule, found: name, fix, ...(atKey && { atKey }) }];
};
