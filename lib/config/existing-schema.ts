import { z } from 'zod';
import { field, oneOf } from './field';
import { existingRootVolume, groupName, os } from './group-schema';
import { NAMESPACE_LAYOUTS } from '../domain/names/metric-namespaces';
import { MAX_WORKER_GROUPS } from './rules';

const tags = field(
  z
    .record(
      field(
        z.string().regex(/^(?!aws:|headroom:)[\w .:/=+@-]{1,128}$/),
        'Name of a tag.',
        'a tag name of at most 128 characters that begins with neither aws: nor headroom:',
        'write the name of a tag that the instances have',
      ),
      field(
        z.string().regex(/^[\w .:/=+@-]{0,256}$/),
        'Value of a tag.',
        'a tag value of at most 256 characters, in quotes where it is a number',
        'write the value as the instances have it',
      ),
    )
    .refine((value) => Object.keys(value).length > 0),
  'Tags that the instances have, all of them.',
  'a map with at least one tag, or everything in the account would be meant',
  'write a tag that all the instances have, e.g. KubernetesCluster: prod.example.com',
);

const autoScalingGroupName = field(
  z.string().regex(/^[\w .:/=+@-]{1,255}$/),
  'Name of the Auto Scaling group that the nodes are in.',
  'the name of an Auto Scaling group',
  'write the name, e.g. eks-general-1a2b3c',
);

const roleNames = (about: string) =>
  z
    .array(
      field(
        z.string().regex(/^[\w+=,.@-]{1,64}$/),
        'Instance role of the nodes.',
        'the name of an IAM role, without its path',
        'write e.g. nodes.prod.example.com',
      ),
    )
    .max(10)
    .default([])
    .describe(about);

const metricNamespaces = field(
  z.enum(NAMESPACE_LAYOUTS),
  'Where the CloudWatch agents measure. separate: each role in a namespace of its own, in which no other role can forge a figure; what else these agents measure moves along. Default: shared, CWAgent for all.',
  oneOf(NAMESPACE_LAYOUTS),
  'write separate, or leave the key out',
);

export const existing = z
  .strictObject({
    tags,
    controlPlane: z
      .strictObject({
        instanceIds: z
          .array(
            field(
              z.string().regex(/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/),
              'Instance of a control-plane node.',
              'an instance id',
              'write e.g. i-0123456789abcdef0',
            ),
          )
          .min(1)
          .max(7)
          .describe('The control-plane nodes, which are watched one by one.'),
        os,
        rootVolume: existingRootVolume,
        nodeRoleNames: roleNames(
          "Instance roles of control-plane nodes and of no others: with protect.etcdSnapshots they may save and read etcd's snapshots, which hold every secret; with metricNamespaces: separate they alone may measure as control planes. Default: none.",
        ),
      })
      .optional()
      .describe('Control-plane nodes that already run. Default: none, as with EKS.'),
    workerGroups: z
      .record(groupName, z.strictObject({ autoScalingGroupName, os, rootVolume: existingRootVolume }))
      .describe(
        `Worker groups that already run, by a name of yours, at most ${MAX_WORKER_GROUPS}; {} for none.`,
      ),
    nodeRoleNames: roleNames(
      'Instance roles of the nodes, which are given what the agents need. Default: none.',
    ),
    metricNamespaces: metricNamespaces.optional(),
  })
  .describe('Nodes that already run and are only observed, healed and protected.');
