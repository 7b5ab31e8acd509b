import { stageOf } from '../app/synthesized';
import { GUARD_ACKNOWLEDGED } from './support/acknowledged-cfn-guard';
import { cfnGuard, type GuardFinding } from './support/cfn-guard';
import { EVERY_ENVIRONMENT } from './support/every-environment';

jest.setTimeout(900_000);

const templates = EVERY_ENVIRONMENT.flatMap(({ name, environment }) =>
  stageOf(name, environment)
    .synth()
    .stacks.map(({ templateFullPath }) => templateFullPath),
);

test('cfn-guard has no open finding, and every acknowledgement is of something that is found', () => {
  const { templatesJudged, findings } = cfnGuard(templates);
  expect(templatesJudged).toBeGreaterThan(30);
  const acknowledging = ({ rule, resource }: GuardFinding) =>
    GUARD_ACKNOWLEDGED.filter((each) => each.rule === rule && each.on.test(resource));
  expect(findings.filter((finding) => acknowledging(finding).length !== 1)).toEqual([]);
  const used = new Set(findings.flatMap(acknowledging));
  expect(GUARD_ACKNOWLEDGED.filter((each) => !used.has(each)).map(({ rule }) => rule)).toEqual([]);
});

test.each(GUARD_ACKNOWLEDGED)('$rule has a reason', ({ because }) => {
  expect(because).toMatch(/^[A-Za-z].{20,}\.$/);
});
