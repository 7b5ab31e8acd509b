import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PYTHON_TOOLS } from '../../lib/drill/host/python-tools';
import { HANDLERS } from '../../lib/constructs/bundling';
import { operationsOfHandler } from '../security/support/handler-operations';
import { CASES } from '../../packages/local-aws/test/contract/cases';
import { ask, lackedBy } from '../../packages/local-aws/test/contract/support/ask-moto';
import { localAccount } from '../../packages/local-aws/test/contract/support/local-account';
import { wireClients } from '../../packages/local-aws/test/contract/support/moto-world';
import { startMoto, type MotoServer } from '../../packages/local-aws/test/contract/support/moto-server';
import type { ServiceKey } from '../../packages/local-aws/test/contract/support/world';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '..', '..');
const PAGE = 'docs/contract.md';
const page = readFileSync(join(ROOT, PAGE), 'utf8');

/** Texts of the list items below a heading of the page, without their marks. */
const listed = (heading: string): string[] => {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [items = ''] = section.split('\n## ');
  return items
    .split('\n- ')
    .slice(1)
    .map((item) => item.replace(/\s+/g, ' ').replaceAll('`', '').trim());
};

const SERVICES = localAccount().services;
const OPERATIONS = Object.entries(SERVICES).flatMap(([service, operations]) =>
  Object.keys(operations).map((operation) => ({ service: service as ServiceKey, operation })),
);

/** One line of the log is written for each. */
const requestsIn = (log: string): number => log.split(' HTTP/1.1').length - 1;

let moto: MotoServer;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto?.stop());

test(`${PAGE} lists what moto lacks, and every operation that it has is held by a case`, async () => {
  const clients = wireClients(moto.endpoint);
  const before = requestsIn(moto.log());
  const statuses = await Promise.all(
    OPERATIONS.map(({ service, operation }) => ask(clients, service, operation)),
  );
  while (requestsIn(moto.log()) < before + OPERATIONS.length) await wait(20);
  const lacked = OPERATIONS.filter(
    ({ operation }, index) => statuses[index] === 500 && lackedBy(moto.log(), operation),
  );
  const names = (has: boolean): string[] =>
    OPERATIONS.filter((each) => lacked.includes(each) !== has).map(
      ({ service, operation }) => `${service}:${operation}`,
    );
  expect(listed('What moto lacks').sort()).toEqual(names(false).sort());

  const heldBy = (lacked: boolean): string[] => [
    ...new Set(
      CASES.filter((each) => (each.moto === 'lacks the operation') === lacked).map(
        ({ operation }) => operation as string,
      ),
    ),
  ];
  expect(heldBy(false).sort()).toEqual(names(true).sort());
  // What moto cannot be asked, the local AWS alone is.
  expect(names(false)).toEqual(expect.arrayContaining(heldBy(true)));
});

test(`${PAGE} lists where moto differs, and why AWS is said to be otherwise`, () => {
  const differences = CASES.flatMap(({ operation, name, moto: differs }) =>
    differs === undefined || differs === 'lacks the operation'
      ? []
      : [`${operation}, ${name}: ${differs.why}`],
  );
  expect(listed('Where moto differs')).toEqual(differences);
});

test(`${PAGE} names the version that these answers came from`, () => {
  expect(page).toContain(PYTHON_TOOLS.find((tool) => tool.startsWith('moto')));
});

test('every operation that the local AWS is written with is in the account of the cases', () => {
  const services = join(ROOT, 'packages', 'local-aws', 'src', 'services');
  const written = readdirSync(services).flatMap((file) => {
    const source = readFileSync(join(services, file), 'utf8');
    return [...source.matchAll(/^ +([A-Z]\w+): \{\s+input:/gm)].map(([, operation]) => operation ?? '');
  });
  expect(written.sort()).toEqual(OPERATIONS.map(({ operation }) => operation).sort());
});

/** An operation that only a handler knows would be held to nothing. */
test.each(HANDLERS)('every operation that %s can call is one of the local AWS', async (name) => {
  const known = OPERATIONS.map(({ operation }) => operation);
  const called = (await operationsOfHandler(name)).map((each) => each.split(':')[1] ?? '');
  expect(called).not.toEqual([]);
  expect(called.filter((operation) => !known.includes(operation))).toEqual([]);
});
