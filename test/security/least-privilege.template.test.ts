import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../app/environments';
import { callsOfDocuments, documentsOf } from './support/document-calls';
import { EVERY_ENVIRONMENT, resourcesOf } from './support/every-environment';
import { operationsIn } from './support/handler-operations';
import { BESIDE } from './support/iam-actions';
import { neededActions } from './support/needs';
import { CONTROL_PLANE_ALONE, SCRIPT_CALLS } from './support/node-calls';
import { allowedActions, principalsOf, resourcesFor } from './support/roles';

jest.setTimeout(180_000);

describe.each(EVERY_ENVIRONMENT.map(({ name }) => name))('%s', (name) => {
  test('every role may do what its code calls, and nothing else', async () => {
    const resources = resourcesOf(name);
    const principals = principalsOf(resources);
    expect(principals.length).toBeGreaterThan(10);
    const differences = await Promise.all(
      principals.map(async (principal) => {
        const allowed = allowedActions(principal.statements);
        const needed = await neededActions(resources, principal);
        return {
          logicalId: principal.resource.logicalId,
          missing: needed.filter((action) => !allowed.includes(action)),
          leftOver: allowed.filter((action) => !needed.includes(action)),
        };
      }),
    );
    expect(differences.filter(({ missing, leftOver }) => missing.length + leftOver.length > 0)).toEqual([]);
  });

  test('a runbook’s role may send the documents and call the functions that its steps name, and no others', () => {
    const resources = resourcesOf(name);
    const roles = principalsOf(resources).filter(({ service }) => service === 'ssm');
    expect(roles.length).toBeGreaterThan(2);
    for (const { resource, statements } of roles) {
      const documents = documentsOf(resources, resource);
      const { commandDocuments, functions } = callsOfDocuments(documents);
      const { logicalId } = resource;
      expect({
        logicalId,
        documents: documents.length > 0,
        commands: resourcesFor(statements, 'ssm:SendCommand').flatMap(
          (arn) => /:document\/(.+)$/.exec(arn)?.[1] ?? [],
        ),
        functions: resourcesFor(statements, 'lambda:InvokeFunction'),
      }).toEqual({ logicalId, documents: true, commands: commandDocuments, functions });
    }
  });
});

test('every exception of the table is of a role that is there', () => {
  const ids = EVERY_ENVIRONMENT.flatMap(({ name }) =>
    principalsOf(resourcesOf(name)).map(({ resource }) => resource.logicalId),
  );
  expect(BESIDE.filter(({ role }) => !ids.some((id) => id.startsWith(role)))).toEqual([]);
});

describe('what is read from node scripts', () => {
  test('finds calls of every room that has some', () => {
    expect([...new Set(SCRIPT_CALLS.map(({ file }) => file))].sort()).toEqual([
      'lib/node/bootstrap/join.sh',
      'lib/node/bootstrap/kubeadm.sh',
      'lib/node/etcd-common.sh',
      'lib/node/etcd-snapshot.sh',
    ]);
  });

  test('the calls that are a control plane’s alone are there, in files that ask for the role', () => {
    for (const { file, operation } of CONTROL_PLANE_ALONE) {
      expect(SCRIPT_CALLS).toContainEqual({ file, operation });
      expect(readFileSync(join(ROOT, file), 'utf8')).toContain('is_control_plane');
    }
  });
});

describe('what is read from a handler', () => {
  const client = (verbs: string, use: string): string =>
    `import { ReadCommand, WriteCommand, XClient } from '@aws-sdk/client-x';
     const connect = (x) => ({ ${verbs} });
     export const handler = () => { const client = connect(new XClient({})); return ${use}; };`;
  const VERBS = `read() { return x.send(new ReadCommand({})); }, write() { return this.read(new WriteCommand({})); }`;

  test.each([
    ['client.read()', ['x:Read']],
    ['client.write()', ['x:Read', 'x:Write']],
    ['undefined', []],
  ])('%s', (use, operations) => {
    expect([...operationsIn(client(VERBS, use))].sort()).toEqual(operations);
  });

  test('a function of the SDK that is not known is not passed over', () => {
    expect(() => operationsIn(`import { putThing } from '@aws-sdk/client-x';`)).toThrow('is it a call?');
  });
});
