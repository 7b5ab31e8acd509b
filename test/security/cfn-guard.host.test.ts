import { GUARD_ACKNOWLEDGED } from './support/acknowledged-cfn-guard';
import { NOTHING, judged } from './support/acknowledging';
import { cfnGuard } from './support/cfn-guard';
import { everyTemplate } from './support/every-environment';

jest.setTimeout(900_000);

test('cfn-guard has no open finding, and every acknowledgement is of something that is found', () => {
  const { templatesJudged, findings } = cfnGuard(everyTemplate());
  expect(templatesJudged).toBeGreaterThan(30);
  expect(judged(findings, GUARD_ACKNOWLEDGED)).toEqual(NOTHING);
});

test.each(GUARD_ACKNOWLEDGED)('$rule has a reason', ({ because }) => {
  expect(because).toMatch(/^[A-Za-z].{20,}\.$/);
});
