import { CHECKOV_ACKNOWLEDGED } from './support/acknowledged-checkov';
import { NOTHING, judged } from './support/acknowledging';
import { checkov } from './support/checkov';
import { everyTemplate } from './support/every-environment';

jest.setTimeout(600_000);

test('checkov has no open finding, and every acknowledgement is of something that is found', () => {
  const { resources, findings } = checkov(everyTemplate());
  expect(resources).toBeGreaterThan(500);
  expect(judged(findings, CHECKOV_ACKNOWLEDGED)).toEqual(NOTHING);
});

test.each(CHECKOV_ACKNOWLEDGED)('$rule has a reason', ({ because }) => {
  expect(because).toMatch(/^[A-Za-z].{20,}\.$/);
});
