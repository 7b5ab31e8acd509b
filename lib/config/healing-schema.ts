import { z } from 'zod';
import { HEALING_MODES, MAX_ASK_MINUTES } from '../domain/plan/healing-mode';
import { bounds } from './bounds-schema';
import { field, oneOf, truth, wholeNumber } from './field';

const mode = (about: string): z.ZodOptional<z.ZodEnum<{ act: 'act'; ask: 'ask'; observe: 'observe' }>> =>
  field(
    z.enum(HEALING_MODES),
    about,
    oneOf(HEALING_MODES),
    'write act to carry it out, ask to be asked first, or observe to be notified only',
  ).optional();

const actionModes = {
  default: mode('For every action that is not listed here. Default: act.'),
  reclaim: mode('Cleaning the disk, by HealNode and by the guard on each node.'),
  grow: mode('Buying a larger volume, and extending the root filesystem.'),
  reboot: mode('Rebooting a node that does not run commands.'),
  drain: mode('Draining a node before that reboot.'),
  atEmergency: field(
    z.literal('act'),
    'At or above diskLevels.emergencyPercent it acts without asking. It does not override observe.',
    'act',
    'write act, or leave the key out to be asked there too',
  ).optional(),
};

const modes = z
  .strictObject({
    ...actionModes,
    nodeGroups: z
      .record(z.string(), z.strictObject(actionModes).describe('For this node group only.'))
      .optional()
      .describe('By node group: control-plane, or the name of a worker group.'),
  })
  .describe('act: do it. ask: do it after an approval. observe: report the whole plan, and change nothing.');

/** Policies of more groups, each with its modes, do not fit into the 4 KB of a Lambda function's variables. */
export const MAX_GROUPS_WITH_MODES = 15;

/** An execution waits so long for an answer; on a control plane, no other member is healed meanwhile. Minutes. */
const ASK_MINUTES = { min: 5, max: MAX_ASK_MINUTES, usual: MAX_ASK_MINUTES } as const;

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html */
const MAX_APPROVERS = 10;

export const DEFAULT_ASK_MINUTES = ASK_MINUTES.usual;

export const healing = z
  .strictObject({
    modes: modes.optional(),
    bounds: bounds.optional(),
    snapshotBeforeFirstGrowth: truth(
      'Take an EBS snapshot of a volume before HealNode grows it for the first time. Headroom never deletes one.',
    ),
    approvers: z
      .array(
        field(
          z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(?:user|role)\/[\w+=,.@/-]{1,512}$/),
          "IAM user or role of the environment's account that may approve.",
          'the ARN of an IAM user or role',
          'write e.g. arn:aws:iam::111122223333:role/oncall, with the account of this environment',
        ),
      )
      .min(1)
      .max(MAX_APPROVERS)
      .optional()
      .describe(`Who may approve, at most ${MAX_APPROVERS}; required where a mode is ask.`),
    askMinutes: wholeNumber(
      ASK_MINUTES.min,
      ASK_MINUTES.max,
      'minutes',
      `How long a request waits; without an answer it counts as rejected. Default: ${ASK_MINUTES.usual}.`,
      ASK_MINUTES.usual,
    ).optional(),
  })
  .describe('What healing may do without asking.');

export type Healing = z.output<typeof healing>;
