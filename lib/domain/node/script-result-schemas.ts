import { z } from 'zod';
import { GROWTH_BLOCKS } from './node-figures';
import { nodeText } from './node-text';
import type {
  AssessResult,
  CordonDrainResult,
  ExtendResult,
  PrepareResult,
  ReclaimResult,
  RestartKubeletResult,
  ScriptResult,
  VerifyResult,
} from './node-figures';
import type { ClusterFactsResult, DiagnoseResult, UpgradeResult } from '../operate/operate-figures';

/** Output comes from a node in trouble, perhaps a hostile one: every figure is checked, none is guessed, every text is a {@link nodeText}. */
const bytes = z.number().min(0);
const percent = z.number().min(0).max(100);

const filesystem = z.object({
  sizeBytes: z.number().positive(),
  availableBytes: bytes,
  usedPercent: percent,
  inodesUsedPercent: percent,
});

const root = filesystem.extend({
  device: nodeText(),
  fsType: nodeText(),
  diskBytes: z.number().positive(),
  partitionBytes: z.number().positive(),
  partitionGrowableBytes: bytes.exactOptional(),
  filesystemGrowableBytes: bytes.exactOptional(),
  growthBlocked: z.object({ kind: z.enum(GROWTH_BLOCKS), detail: nodeText() }).exactOptional(),
  maxDiskBytes: z.number().positive().exactOptional(),
});

const envelope = {
  headroom: z.literal(1),
  ok: z.boolean(),
  dryRun: z.boolean(),
  error: nodeText().exactOptional(),
};

/** Entries of a list that had no room in the line. */
const more = z.number().min(0).exactOptional();

/** What every script prints, also when it fails before it has any figure. */
export const envelopeSchema = z.object({ ...envelope, script: nodeText() });

const assess: z.ZodType<AssessResult> = z.object({
  ...envelope,
  script: z.literal('assess-node'),
  root,
  role: z.enum(['control-plane', 'worker', 'unknown']),
  mounts: z.array(z.tuple([nodeText(), bytes, bytes, percent, percent])),
  biggest: z.array(z.tuple([nodeText(), bytes])),
  mostFiles: z.array(z.tuple([nodeText(), bytes])).exactOptional(),
  deletedOpen: z.array(z.tuple([z.number(), nodeText(), bytes])),
  deletedOpenBytes: bytes,
  journalBytes: bytes,
  images: z.object({ count: z.number(), bytes }).nullable(),
  kubelet: nodeText(),
  kubeletHealthz: z.boolean(),
  containerd: nodeText(),
  errors: z.array(nodeText()),
  skipped: z.array(nodeText()),
});

const reclaim: z.ZodType<ReclaimResult> = z.object({
  ...envelope,
  script: z.literal('reclaim-disk'),
  before: filesystem,
  after: filesystem,
  // Something else may write meanwhile: what a step freed can be less than nothing.
  bytesFreed: z.number(),
  inodesFreed: z.number(),
  targetReached: z.boolean(),
  steps: z.array(
    z.object({
      name: nodeText(),
      status: z.enum(['done', 'skipped', 'failed', 'not-needed', 'would-run']),
      // Left out of the line where it is 0.
      bytesFreed: z.number().default(0),
      inodesFreed: z.number().default(0),
      why: nodeText().exactOptional(),
    }),
  ),
  deleted: z
    .object({ count: bytes, bytes, largest: z.array(z.tuple([nodeText(), nodeText(), bytes, bytes])) })
    .exactOptional(),
  more,
});

const extend: z.ZodType<ExtendResult> = z.object({
  ...envelope,
  script: z.literal('extend-root'),
  changed: z.boolean(),
  layout: z.enum(['partition', 'whole-disk', 'lvm', 'unknown']),
  before: filesystem,
  after: root,
});

const restartKubelet: z.ZodType<RestartKubeletResult> = z.object({
  ...envelope,
  script: z.literal('restart-kubelet'),
  action: z.enum(['left-running', 'restarted', 'would-restart', 'absent', 'refused']),
  healthz: z.boolean(),
  why: nodeText().exactOptional(),
});

const verify: z.ZodType<VerifyResult> = z.object({
  ...envelope,
  script: z.literal('verify-node'),
  root,
  checks: z.array(z.object({ name: nodeText(), ok: z.boolean(), detail: nodeText() })),
});

const prepare = <S extends PrepareResult['script']>(script: S) =>
  z.object({
    ...envelope,
    script: z.literal(script),
    changed: z.array(nodeText()),
    skipped: z.array(nodeText()),
    more,
  });

const cordonDrain: z.ZodType<CordonDrainResult> = z.object({
  ...envelope,
  script: z.literal('cordon-drain-node'),
  action: z.enum([
    ...(['drained', 'uncordoned', 'ready', 'deleted', 'cordoned', 'skipped', 'failed'] as const),
    ...(['would-drain', 'would-uncordon', 'would-await', 'would-delete'] as const),
  ]),
  node: nodeText(),
  why: nodeText().exactOptional(),
  blocking: z.array(nodeText()).exactOptional(),
});

const diagnose: z.ZodType<DiagnoseResult> = z.object({
  ...envelope,
  script: z.literal('diagnose-node'),
  role: z.enum(['control-plane', 'worker', 'unknown']),
  node: nodeText(),
  findings: z.array(z.object({ name: nodeText(), evidence: nodeText(), next: nodeText() })),
  more: z.number().min(0),
  recent: z.array(nodeText()),
});

const member = { name: nodeText(), version: nodeText(), ready: z.boolean() };
const clusterFacts: z.ZodType<ClusterFactsResult> = z.object({
  ...envelope,
  script: z.literal('cluster-facts'),
  apiServerVersion: nodeText(),
  clusterVersion: nodeText(),
  nodes: z.number().min(0),
  node: z.object({ ...member, cordoned: z.boolean(), controlPlane: z.boolean() }).nullable(),
  members: z.array(z.object({ ...member, unwell: nodeText() })),
  conditions: z.array(nodeText()),
});

const upgrade: z.ZodType<UpgradeResult> = z.object({
  ...envelope,
  script: z.literal('upgrade-node'),
  from: nodeText(),
  to: nodeText(),
  mode: z.enum(['apply', 'node']),
  steps: z.array(z.tuple([nodeText(), z.boolean(), z.number()])),
  next: nodeText().exactOptional(),
});

export type ScriptName = ScriptResult['script'];

/** The result type of each script, by its name. */
export interface ScriptResults {
  readonly 'assess-node': AssessResult;
  readonly 'reclaim-disk': ReclaimResult;
  readonly 'extend-root': ExtendResult;
  readonly 'restart-kubelet': RestartKubeletResult;
  readonly 'verify-node': VerifyResult;
  readonly 'prepare-node': PrepareResult;
  readonly 'remove-headroom': PrepareResult;
  readonly 'pause-guard': PrepareResult;
  readonly 'cordon-drain-node': CordonDrainResult;
  readonly 'diagnose-node': DiagnoseResult;
  readonly 'cluster-facts': ClusterFactsResult;
  readonly 'upgrade-node': UpgradeResult;
}

export const scriptResultSchemas: { readonly [S in ScriptName]: z.ZodType<ScriptResults[S]> } = {
  'assess-node': assess,
  'reclaim-disk': reclaim,
  'extend-root': extend,
  'restart-kubelet': restartKubelet,
  'verify-node': verify,
  'prepare-node': prepare('prepare-node'),
  'remove-headroom': prepare('remove-headroom'),
  'pause-guard': prepare('pause-guard'),
  'cordon-drain-node': cordonDrain,
  'diagnose-node': diagnose,
  'cluster-facts': clusterFacts,
  'upgrade-node': upgrade,
};
