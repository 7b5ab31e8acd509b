import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

const SCENARIO_FOLDER = join(__dirname, 'scenarios');

/** Verdicts a scenario may ask for. `silent` (neither healed nor escalated) is never a wish. */
const VERDICTS = ['healed', 'relieved', 'escalated'] as const;

const scenarioSchema = z.strictObject({
  title: z.string().min(1).optional().describe('One line for people, shown above the timeline.'),
  environment: z
    .string()
    .optional()
    .describe(
      'Whose synthesized artefacts heal. Default: the first whose node group has this root filesystem.',
    ),
  node: z.strictObject({
    role: z.enum(['control-plane', 'worker']),
    rootFs: z.enum(['ext4', 'xfs']),
    diskGiB: z
      .number()
      .int()
      .min(4)
      .max(64)
      .default(8)
      .describe('Root disk at birth, GiB. Default 8, as in the incident.'),
    partitioned: z.boolean().default(true),
  }),
  before: z.array(z.string().min(1)).default([]).describe('Shell commands run in the VM as root, in order.'),
  aws: z
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
    .describe('Faults of the local AWS, in the order in which they strike.'),
  expect: z.strictObject({
    verdict: z.enum(VERDICTS),
    maxUsedPercent: z.number().min(0).max(100).optional(),
    minSizeGiB: z
      .number()
      .positive()
      .optional()
      .describe('Least size of the root filesystem afterwards, GiB.'),
    maxSizeGiB: z
      .number()
      .positive()
      .optional()
      .describe('Most size of the root filesystem afterwards, GiB.'),
    steps: z
      .record(z.string(), z.enum(['Success', 'Failed', 'TimedOut', 'NotRun']))
      .default({})
      .describe('Steps of HealNode and how each must have ended. NotRun: it must not have been reached.'),
    apiCalls: z
      .record(z.string(), z.number().int().min(0))
      .default({})
      .describe('service:Operation and how often it must have been called.'),
    node: z
      .array(z.string().min(1))
      .default([])
      .describe('Shell commands run in the VM afterwards; each must exit 0.'),
  }),
});

export type Scenario = z.infer<typeof scenarioSchema> & { readonly name: string };

/** The scenario cannot be read. The message lists every mistake with its place. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Names of the scenarios that ship with Headroom. */
export const shippedScenarios = (): string[] =>
  readdirSync(SCENARIO_FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

/**
 * @param nameOrFile a shipped scenario's name, or a path of a YAML file
 * @throws ScenarioError naming the file, the field, the rule and what exists
 */
export function loadScenario(nameOrFile: string): Scenario {
  const shipped = join(SCENARIO_FOLDER, `${nameOrFile}.yaml`);
  const isName = /^[a-z0-9-]+$/.test(nameOrFile);
  const file = isName && existsSync(shipped) ? shipped : nameOrFile;
  if (!existsSync(file)) {
    throw new ScenarioError(
      `No scenario named ${nameOrFile}, and no such file. Scenarios: ${shippedScenarios().join(', ')}. Or give a path of a YAML file.`,
    );
  }
  return parseScenario(readFileSync(file, 'utf8'), file);
}

/** Reads a scenario's text; `file` is for messages and the default name. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ScenarioError(document.errors.map((error) => `${file}: ${error.message}`).join('\n'));
  }
  const parsed = scenarioSchema.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (parsed.success) return { name: basename(file).replace(/\.ya?ml$/, ''), ...parsed.data };
  const mistakes = parsed.error.issues.map((issue) => {
    const node: unknown = document.getIn(issue.path.map(String), true);
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    const at = range ? `:${lines.linePos(range[0]).line}` : '';
    return `${file}${at}: ${issue.path.join('.') || '(top)'}: ${issue.message}`;
  });
  throw new ScenarioError(mistakes.join('\n'));
}
