import { cfnLint } from '../../app/cfn-lint';
import { assemblyOf } from '../../app/synthesized';
import { EVERY_ENVIRONMENT } from '../../security/support/every-environment';
import { EXAMPLES, exampleEnvironment } from './example-environments';

jest.setTimeout(180_000);

test('nor in those of an environment with a chat and a webhook', () => {
  const { environment } = EVERY_ENVIRONMENT.find(({ name }) => name === 'kubeadm-more')!;
  const templates = assemblyOf('kubeadm-more', environment)
    .stacks.filter(({ template }) => JSON.stringify(template).includes('AWS::Events::ApiDestination'))
    .map(({ templateFullPath }) => templateFullPath);
  expect(templates).toHaveLength(1);
  expect(cfnLint(templates)).toEqual({ status: 0, stdout: '', stderr: '' });
});

test.each(EXAMPLES)('%s: cfn-lint finds nothing in any template', (name) => {
  const templates = assemblyOf(name, exampleEnvironment(name)).stacks.map(
    ({ templateFullPath }) => templateFullPath,
  );
  expect(templates.length).toBeGreaterThanOrEqual(3);
  expect(cfnLint(templates)).toEqual({ status: 0, stdout: '', stderr: '' });
});
