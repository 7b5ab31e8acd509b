import { environmentOf, shipped } from '../app/synthesized';
import { startMoto, type MotoServer } from '../../packages/local-aws/test/contract/support/moto-server';
import { MotoAccount } from './moto-account';
import { ADAPTATIONS, adaptTemplate, type Template } from './moto-limits';

/** What is adapted, and no longer has to be, is shown by the rehearsal: so each adaptation must still be needed. */
const { account, region } = environmentOf('dev');
let moto: MotoServer;
let there: MotoAccount;
beforeEach(async () => {
  moto = await startMoto({ MOTO_ACCOUNT_ID: account, PYTHONHASHSEED: '0' });
  await fetch(`${moto.endpoint}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ lambda: { use_docker: false } }),
  });
  there = new MotoAccount(moto.endpoint, { account, region });
});
afterEach(() => moto.stop());

/** Each starts moto; a busy machine is slow, not wrong. */
jest.setTimeout(300_000);

const STACK = 'headroom-dev-probe';

/** A stack's template that can be deployed alone and without assets, with every adaptation but one. */
const template = (kind: 'cluster' | 'heal', except?: string): Template => {
  const whole = structuredClone(shipped('dev')[kind].toJSON()) as Template;
  adaptTemplate(whole, except);
  for (const { Type, Properties } of Object.values(whole.Resources))
    if (Type === 'AWS::Lambda::Function') Properties!['Code'] = { ZipFile: 'exports.handler = 0;' };
  return { Resources: whole.Resources, Outputs: whole.Outputs ?? {} };
};

const created = (kind: 'cluster' | 'heal', except?: string): Promise<string> =>
  there.createStack(STACK, template(kind, except));

const REFUSED: Readonly<Record<string, string>> = {
  'AWS::KMS::Key': '500 Internal Server Error',
  'AWS::SSM::Parameter': '500 Internal Server Error',
  'AWS::EC2::Instance': '500 Internal Server Error',
  'AWS::ElasticLoadBalancingV2::Listener': "Listener protocol 'TCP' must be one of 'HTTP, HTTPS'",
};

test.each(['cluster', 'heal'] as const)('with all of them moto makes the %s stack', async (kind) => {
  expect(await created(kind)).toContain('<CreateStackResult>');
  expect(await there.stacks()).toEqual({ [STACK]: 'CREATE_COMPLETE' });
});

test.each(Object.entries(REFUSED))('without the one of %s it does not', async (name, says) => {
  expect(await created('cluster', name)).toContain(says);
});

test('without the one of Custom::HeadroomDeclaredSizes the stack is never complete', async () => {
  await created('heal', 'Custom::HeadroomDeclaredSizes');
  expect(await there.stacks()).toEqual({ [STACK]: 'CREATE_IN_PROGRESS' });
});

test('without the one of AWS::EC2::VPC the stack cannot be deleted', async () => {
  await created('cluster', 'AWS::EC2::VPC');
  expect(await there.deleteStack(STACK)).toContain('DependencyViolation');
});

test.each([
  ['with all of them', undefined, true],
  ['without the one of RetainExceptOnCreate', 'RetainExceptOnCreate', false],
] as const)('%s, is the key kept when its stack ends?', async (_, except, kept) => {
  await created('cluster', except);
  const [key] = Object.values(await there.made(STACK)).filter(({ type }) => type === 'AWS::KMS::Key');
  await there.deleteStack(STACK);
  expect((await there.keyIds()).includes(key!.physicalId)).toBe(kept);
});

test('each adaptation is tried', () =>
  expect(
    [
      ...Object.keys(REFUSED),
      'Custom::HeadroomDeclaredSizes',
      'AWS::EC2::VPC',
      'RetainExceptOnCreate',
    ].sort(),
  ).toEqual(Object.keys(ADAPTATIONS).sort()));
