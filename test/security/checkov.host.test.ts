import { stageOf } from '../app/synthesized';
import { CHECKOV_ACKNOWLEDGED } from './support/acknowledged-checkov';
import { checkov, type CheckovFinding } from './support/checkov';
import { EVERY_ENVIRONMENT } from './support/every-environment';

jest.setTimeout(600_000);

const templates = EVERY_ENVIRONMENT.flatMap(({ name, environment }) =>
  stageOf(name, environment)
    .synth()
    .stacks.map(({ templateFullPath }) => templateFullPath),
);

test('checkov has no open finding, and every acknowledgement is of something that is found', () => {
  const { resources, findings } = checkov(templates);
  expect(resources).toBeGreaterThan(500);
  const acknowledging = ({ check, resource }: CheckovFinding) =>
    CHECKOV_ACKNOWLEDGED.filter((each) => each.check === check && each.on.test(resource));
  expect(findings.filter((finding) => acknowledging(finding).length !== 1)).toEqual([]);
  const used = new Set(findings.flatMap(acknowledging));
  expect(CHECKOV_ACKNOWLEDGED.filter((each) => !used.has(each)).map(({ check }) => check)).toEqual([]);
});

test.each(CHECKOV_ACKNOWLEDGED)('$check has a reason', ({ because }) => {
  expect(because).toMatch(/^[A-Za-z].{20,}\.$/);
});
