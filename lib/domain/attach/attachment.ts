import { z } from 'zod';
import { CONTROL_PLANE_GROUP, NODE_ROLES, type NodeRole } from '../names/naming';

/** A group of nodes that run already. */
export interface ExistingGroup {
  readonly name: string;
  readonly role: NodeRole;
  /** Of workers. */
  readonly autoScalingGroupName?: string | undefined;
  /** Of control-plane nodes, in the order of their index. */
  readonly instanceIds?: readonly string[] | undefined;
}

/** What an attached environment says of its nodes. */
export interface Attachment {
  readonly environment: string;
  /** Tags that the instances have, all of them; never Headroom's. */
  readonly tags: Readonly<Record<string, string>>;
  readonly groups: readonly ExistingGroup[];
}

const group = z
  .strictObject({
    name: z.string().min(1),
    role: z.enum(NODE_ROLES),
    autoScalingGroupName: z.string().min(1).optional(),
    instanceIds: z.array(z.string().min(1)).min(1).optional(),
  })
  .refine(
    ({ name, role, autoScalingGroupName, instanceIds }) =>
      role === 'worker'
        ? autoScalingGroupName !== undefined && instanceIds === undefined
        : name === CONTROL_PLANE_GROUP && instanceIds !== undefined && autoScalingGroupName === undefined,
    'a worker group has an autoScalingGroupName, the control plane has instanceIds',
  );

/** How constructs hand it to the function, without the environment's name. */
export const attachmentSchema = z.strictObject({
  // Without a tag it would be everything in the account.
  tags: z
    .record(z.string().min(1), z.string())
    .refine((tags) => Object.keys(tags).length > 0, 'name at least one tag'),
  groups: z.array(group),
});
