import { cfnLint } from './cfn-lint';
import { ENVIRONMENTS, shipped } from './synthesized';

jest.setTimeout(180_000);

const templatesOf = (name: string): string[] =>
  shipped(name).assembly.stacks.map(({ templateFullPath }) => templateFullPath);

test.each(ENVIRONMENTS.map(({ name }) => name))('%s: cfn-lint finds nothing in any template', (name) => {
  const templates = templatesOf(name);
  expect(templates.length).toBeGreaterThanOrEqual(3);
  expect(cfnLint(templates)).toEqual({ status: 0, stdout: '', stderr: '' });
});
