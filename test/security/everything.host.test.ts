import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../app/environments';
import { EVERY_ENVIRONMENT, resourcesOf } from './support/every-environment';
import { principalsOf } from './support/roles';

jest.setTimeout(180_000);

/**
 * The service authorization reference, as cfn-lint carries it: service → actions in lower case, with the types of resource that
 * each can be narrowed to. Source: cfn-lint@1.58.0 src/cfnlint/data/AdditionalSpecs/Policies.json
 */
type Reference = Readonly<
  Record<string, { readonly Actions: Readonly<Record<string, { readonly Resources?: readonly string[] }>> }>
>;

const reference = (): Reference => {
  const own = join(process.env['HEADROOM_TOOLS'] ?? join(ROOT, '.cache', 'tools'), 'bin', 'python');
  const program = [
    'import cfnlint, os, sys',
    'path = os.path.join(os.path.dirname(cfnlint.__file__), "data/AdditionalSpecs/Policies.json")',
    'sys.stdout.write(open(path).read())',
  ].join('\n');
  const python = existsSync(own) ? own : 'python3';
  return JSON.parse(
    execFileSync(python, ['-c', program], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  ) as Reference;
};

const OF_ITS_OWN_INSTANCE =
  "the SSM agent's: an instance, whose id is not known before it runs; on `*` in AWS's own policy too";

/**
 * What AWS can narrow and we cannot. Sources: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/permissions-reference-cw.html
 */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  'cloudwatch:GetMetricData': 'only to datasets, which these metrics are not in: AWS has it on `*`',
  'ssm:DescribeAssociation': OF_ITS_OWN_INSTANCE,
  'ssm:ListInstanceAssociations': OF_ITS_OWN_INSTANCE,
  'ssm:PutComplianceItems': OF_ITS_OWN_INSTANCE,
  'ssm:UpdateAssociationStatus': OF_ITS_OWN_INSTANCE,
  'ssm:UpdateInstanceAssociationStatus': OF_ITS_OWN_INSTANCE,
  'ssm:UpdateInstanceInformation': OF_ITS_OWN_INSTANCE,
};

const services = reference();
const known = (action: string) => {
  const [service = '', operation = ''] = action.split(':');
  return services[service]?.Actions[operation.toLowerCase()];
};

const statements = EVERY_ENVIRONMENT.flatMap(({ name }) =>
  principalsOf(resourcesOf(name)).flatMap((principal) =>
    principal.statements.map((statement) => ({ role: principal.resource.logicalId, ...statement })),
  ),
);

test('every action of a policy is one that AWS has', () => {
  const actions = new Set(statements.flatMap((statement) => statement.actions));
  expect(actions.size).toBeGreaterThan(50);
  expect([...actions].filter((action) => known(action) === undefined)).toEqual([]);
});

test('what is allowed on everything has a condition, cannot be narrowed, or has a reason', () => {
  const unbounded = statements
    .filter(({ resources, Condition }) => resources.includes('*') && Condition === undefined)
    .flatMap(({ role, actions }) => actions.map((action) => ({ role, action })))
    .filter(({ action }) => known(action)?.Resources !== undefined);
  expect(unbounded.filter(({ action }) => !(action in ON_EVERYTHING))).toEqual([]);
  // None of the exceptions is left over.
  expect([...new Set(unbounded.map(({ action }) => action))].sort()).toEqual(Object.keys(ON_EVERYTHING));
});
