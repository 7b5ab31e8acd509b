import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { stageOf } from '../app/synthesized';
import { ACKNOWLEDGED } from './support/acknowledged';
import { EVERY_ENVIRONMENT } from './support/every-environment';

jest.setTimeout(180_000);

interface Finding {
  readonly rule: string;
  /** Of the construct, below the environment's stage. */
  readonly path: string;
}

const findingsOf = (name: string): readonly Finding[] => {
  const { environment } = EVERY_ENVIRONMENT.find((each) => each.name === name)!;
  const stage = stageOf(name, environment);
  return [AwsSolutionsChecks, NIST80053R5Checks].flatMap((Pack) =>
    new Pack(stage).validateScope(stage).violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({
        rule: ruleName,
        path: String(constructPath).replace(`${stage.node.path}/`, ''),
      })),
    ),
  );
};

const all = new Map(EVERY_ENVIRONMENT.map(({ name }) => [name, findingsOf(name)]));
const acknowledges = ({ rule, path }: Finding) =>
  ACKNOWLEDGED.filter((each) => each.rule.test(rule) && each.on.test(path));

test.each([...all.keys()])('%s: cdk-nag has no open finding', (name) => {
  const findings = all.get(name) ?? [];
  // The rules run: what is acknowledged is found.
  expect(findings.length).toBeGreaterThan(20);
  expect(findings.filter((finding) => acknowledges(finding).length === 0)).toEqual([]);
});

test('every acknowledgement is of something that is found, and no finding has two', () => {
  const findings = [...all.values()].flat();
  const used = new Set(findings.flatMap(acknowledges));
  expect(ACKNOWLEDGED.filter((each) => !used.has(each)).map(({ rule, on }) => `${rule} on ${on}`)).toEqual(
    [],
  );
  expect(findings.filter((finding) => acknowledges(finding).length > 1)).toEqual([]);
});

test('where instances cannot be deleted, the load balancer of the API cannot either', () => {
  const unprotected = [...all]
    .filter(([, findings]) => findings.some(({ rule }) => rule.endsWith('ELBDeletionProtectionEnabled')))
    .map(([name]) => name);
  const expected = EVERY_ENVIRONMENT.filter(
    ({ environment: { cluster } }) => !('existing' in cluster) && !cluster.terminationProtection,
  ).map(({ name }) => name);
  expect(expected).not.toContain('prod');
  expect(unprotected).toEqual(expected);
});

test.each(ACKNOWLEDGED)('$rule on $on has a reason', ({ because }) => {
  expect(because).toMatch(/^[A-Za-z].{20,}\.$/);
});
