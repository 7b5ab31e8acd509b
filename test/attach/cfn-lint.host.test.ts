import { cfnLint } from '../app/cfn-lint';
import { stageOf } from '../app/synthesized';
import { EXAMPLES, exampleEnvironment } from './example-environments';

jest.setTimeout(180_000);

test.each(EXAMPLES)('%s: cfn-lint finds nothing in any template', (name) => {
  const templates = stageOf(name, exampleEnvironment(name))
    .synth()
    .stacks.map(({ templateFullPath }) => templateFullPath);
  expect(templates.length).toBeGreaterThanOrEqual(3);
  expect(cfnLint(templates)).toEqual({ status: 0, stdout: '', stderr: '' });
});
