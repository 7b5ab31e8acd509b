import { z } from 'zod';
import { VERDICTS } from '../domain/outcome/verdict';
import { IO_LIMITS, SLOW_IO_PER_SECOND } from './drill-node';
import { ROOT_DEVICES, type RootLayout } from './vm/node-image';

const command = z.string().min(1);
const count = z.number().int().min(0);
const pattern = z.string().refine(
  (text) => {
    try {
      return new RegExp(text).source !== '';
    } catch {
      return false;
    }
  },
  { error: 'must be a regular expression of JavaScript' },
);

const faults = z
  .array(
    z.strictObject({
      fail: z
        .string()
        .regex(/^[a-z0-9]+:[A-Z][A-Za-z]+$/, 'write it as service:Operation, e.g. ssm:SendCommand'),
      error: z.string().regex(/^[A-Za-z.]+$/, 'an AWS error code, e.g. ThrottlingException'),
      times: z.number().int().min(1).default(1),
    }),
  )
  .default([])
  .describe('Faults of the local AWS, in the order in which they strike.');

const expectation = z.strictObject({
  // `silent` (no one acts and no one knows) is never a wish.
  verdict: z.enum(VERDICTS),
  maxUsedPercent: z.number().min(0).max(100).optional(),
  minSizeGiB: z.number().positive().optional().describe('Least size of the root filesystem, GiB.'),
  maxSizeGiB: z.number().positive().optional().describe('Most size of the root filesystem, GiB.'),
  steps: z
    .record(z.string(), z.enum(['Success', 'Failed', 'TimedOut', 'NotRun']))
    .default({})
    .describe(
      'Steps of HealNode and how each ended, the last time that it ran. NotRun: it must not have been reached.',
    ),
  apiCalls: z
    .record(z.string(), count)
    .default({})
    .describe('service:Operation and how often it must have been called since the drill began.'),
  executions: count.optional().describe('How often HealNode must have run.'),
  opsItems: count.optional().describe('OpsItems that there must be.'),
  messages: count.optional().describe('Messages that people must have got, those of alarms included.'),
  escalationSays: z
    .array(pattern)
    .default([])
    .describe('Each must match the text of an OpsItem and of a message.'),
  messageSays: z.array(pattern).default([]).describe('Each must match the text of a message.'),
  node: z.array(command).default([]).describe('Shell commands run in the VM at that time; each must exit 0.'),
});

const volume = z
  .strictObject({
    sizeGiB: z
      .number()
      .int()
      .min(4)
      .max(64)
      .optional()
      .describe(
        'The disk grows to this before `before` runs; partition and filesystem stay as they were. Above diskGiB and grownToGiB.',
      ),
    optimizingSeconds: z
      .number()
      .int()
      .min(0)
      .max(172_800)
      .default(21_600)
      .describe('From `optimizing` to `completed`, for every modification. Default 6 hours.'),
    modifications: z
      .array(
        z.strictObject({
          hoursAgo: z.number().min(0).max(72),
          state: z
            .enum(['optimizing', 'completed', 'failed'])
            .optional()
            .describe('Default: optimizing until optimizingSeconds have passed, then completed.'),
        }),
      )
      .default([])
      .describe('Modifications that EBS has carried out before; they count for its limits.'),
    modificationFails: z
      .string()
      .min(1)
      .optional()
      .describe("Modifications end as `failed`, with this as EBS's StatusMessage."),
  })
  .superRefine(({ optimizingSeconds, modifications }, context) => {
    modifications.forEach(({ hoursAgo, state }, index) => {
      if (state !== 'optimizing' || hoursAgo * 3600 < optimizingSeconds) return;
      context.addIssue({
        code: 'custom',
        path: ['modifications', index, 'state'],
        message: `optimizing ends ${optimizingSeconds} s after the start, and that was ${hoursAgo} h ago; raise optimizingSeconds`,
      });
    });
  });

const stepName = z.string().regex(/^[a-z][A-Za-z]+$/, 'a step of HealNode, e.g. extend');

const powerCut = z.strictObject({
  during: stepName,
  afterSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(0.5)
    .describe('After the step began; where it runs a command, after its script began in the guest.'),
});

const meanwhile = z
  .strictObject({
    during: stepName,
    node: z
      .array(command)
      .default([])
      .describe('Shell commands run in the VM when the step begins, in order.'),
    instanceEnds: z
      .boolean()
      .default(false)
      .describe('Its group ends the instance: it shuts down, and is terminated half a minute later.'),
    io: z
      .strictObject({
        limit: z
          .enum(IO_LIMITS)
          .describe(
            `slow: ${SLOW_IO_PER_SECOND} reads and writes a second; stalled: none is completed; none: as before.`,
          ),
        forSeconds: z
          .number()
          .positive()
          .optional()
          .describe(
            'Default: until another step says otherwise. At rest the drill looks into the node, which must answer then.',
          ),
      })
      .optional()
      .describe("What happens to the disk's reads and writes, outside of the guest."),
    answer: z
      .enum(['approve', 'reject'])
      .optional()
      .describe('A person answers the question, five minutes later, with the command that its message has.'),
  })
  .refine(
    ({ node, instanceEnds, answer, io }) =>
      node.length > 0 || instanceEnds || answer !== undefined || io !== undefined,
    { error: 'needs commands (node), instanceEnds: true, io, or an answer' },
  );

const later = z.strictObject({
  afterHours: z.number().positive().max(168),
  untilThen: expectation.optional().describe('What must hold at rest, before time goes on.'),
  node: z.array(command).default([]).describe('Shell commands run in the VM when time has passed.'),
  aws: faults,
});

export const scenarioSchema = z
  .strictObject({
    title: z.string().min(1).optional().describe('One line for people, shown above the timeline.'),
    environment: z
      .string()
      .optional()
      .describe(
        'Whose synthesized artefacts heal. Default: the first whose node group has this root filesystem.',
      ),
    healing: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        "Keys of the environment file's `healing`, in place of those that the environment has: the drill synthesizes it so.",
      ),
    node: z
      .strictObject({
        role: z.enum(['control-plane', 'worker']),
        rootFs: z
          .preprocess(
            (given) => (Array.isArray(given) ? (given[0] as unknown) : given),
            z.enum(['ext4', 'xfs']),
          )
          .describe(
            'Of a list, the first: a shipped scenario is drilled once more for each of the others, as NAME-FILESYSTEM.',
          ),
        diskGiB: z
          .number()
          .int()
          .min(4)
          .max(64)
          .default(8)
          .describe('Initial size of the root disk, GiB. Default 8, as in the incident.'),
        layout: z
          .enum(Object.keys(ROOT_DEVICES) as [RootLayout, ...RootLayout[]])
          .default('partition')
          .describe('Where the root filesystem lies on the disk.'),
        kubernetes: z
          .enum(['stand-in', 'real'])
          .default('stand-in')
          .describe('real: a control plane by kubeadm, which `npm run setup:lab` must have built.'),
        prepared: z
          .boolean()
          .default(false)
          .describe(
            'PrepareNode runs first, as its association has it: the guard then cleans, where it may.',
          ),
        declaredSizeGiB: z
          .number()
          .int()
          .min(4)
          .max(64)
          .optional()
          .describe(
            "What the environment declares for root volumes of the node's group. Default: what the disk has when the drill begins.",
          ),
        grownToGiB: z
          .number()
          .int()
          .max(64)
          .optional()
          .describe(
            'Disk, partition and filesystem are grown to this first: a large volume from a small image.',
          ),
      })
      .refine(
        ({ kubernetes, role, layout }) =>
          kubernetes === 'stand-in' || (role === 'control-plane' && layout === 'partition'),
        { path: ['kubernetes'], error: 'real needs role control-plane and layout partition' },
      )
      .refine(({ diskGiB, grownToGiB }) => grownToGiB === undefined || grownToGiB > diskGiB, {
        path: ['grownToGiB'],
        error: 'must be more than diskGiB',
      })
      .refine(
        ({ layout, grownToGiB }) => grownToGiB === undefined || !/^(lvm|partition-behind)$/.test(layout),
        {
          path: ['grownToGiB'],
          error: 'needs layout partition or whole-disk',
        },
      ),
    volume: volume.prefault({}),
    deploy: z
      .array(
        z.strictObject({
          sizeGiB: z.number().int().min(4).max(64),
          refused: z.boolean().default(false).describe('The deploy must fail, and its rollback must not.'),
        }),
      )
      .default([])
      .describe(
        "At second 0, one after the other: the environment's file declares this size for the node's group, and is deployed.",
      ),
    pause: z
      .strictObject({
        until: z.string().regex(/^[1-9][0-9]*[mhd]$/, 'a duration such as 90m or 2h'),
        why: z.string().min(1).max(200),
      })
      .optional()
      .describe("Before `before`, `headroom pause` for the node's group."),
    longBefore: z
      .array(command)
      .default([])
      .describe(
        'As `before`, but done before the metric history begins: no healing takes what they write for growth, however slow the machine is.',
      ),
    before: z.array(command).default([]).describe('Shell commands run in the VM as root, in order.'),
    gameDay: z
      .strictObject({
        kind: z.enum(['reclaimable', 'growth']).default('reclaimable'),
        fillToPercent: z.number().int().min(50).max(95).default(84),
      })
      .optional()
      .describe('After `before`, the document GameDay is started for the node, which it fills itself.'),
    aws: faults,
    events: z
      .strictObject({
        copies: z.number().int().min(1).max(10).default(1).describe('How often every alarm event arrives.'),
        lost: z.boolean().default(false).describe('No alarm event arrives: only the sweep finds the node.'),
      })
      .prefault({}),
    powerCut: z
      .union([powerCut.transform((one) => [one]), z.array(powerCut)])
      .default([])
      .describe('The machine is reset while these steps run, each once.'),
    meanwhile: z
      .array(meanwhile)
      .default([])
      .describe('What befalls the node while these steps run, each once.'),
    later: z.array(later).default([]).describe('Once all is at rest: time goes on, and so does the drill.'),
    expect: expectation.describe('What must hold at the end.'),
  })
  .refine(
    ({ node, volume: { sizeGiB } }) => sizeGiB === undefined || sizeGiB > (node.grownToGiB ?? node.diskGiB),
    { path: ['volume', 'sizeGiB'], error: 'must be more than the disk has (diskGiB, or grownToGiB)' },
  );

export type Scenario = z.infer<typeof scenarioSchema> & { readonly name: string };
export type Expectation = Scenario['expect'];
