import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../../packages/local-aws/src';
import { localAccount } from '../../packages/local-aws/test/contract/support/local-account';
import {
  errorCodes,
  eventTypes,
  ledgerRows,
  PAGE,
  resourceTypes,
  ROOT,
  SERVICE_MODEL,
  unwitnessedKeys,
} from './support/ledger';

const rows = ledgerRows();
const page = readFileSync(join(ROOT, PAGE), 'utf8');
const withoutRow = (names: Iterable<string>): string[] => {
  const known = new Set(rows.flatMap((row) => row.names));
  return [...names].filter((name) => !known.has(name)).sort();
};

test('the page has tables that can be read', () => {
  expect(rows.length).toBeGreaterThan(50);
});

test('every operation of the local AWS has a row', () => {
  const operations = Object.entries(localAccount().services).flatMap(([service, all]) =>
    Object.keys(all).map((operation) => `${service}:${operation}`),
  );
  expect(operations.length).toBeGreaterThan(30);
  expect(withoutRow(operations)).toEqual([]);
});

test('every error code that the local AWS throws has a row', () => {
  const codes = [...errorCodes().values()].flatMap((each) => [...each]);
  expect(codes.length).toBeGreaterThan(40);
  expect(withoutRow(new Set(codes))).toEqual([]);
});

test('every action of a runbook that the local AWS runs has a row', () => {
  expect(withoutRow(Object.keys(ACTIONS))).toEqual([]);
});

test('every event that the local AWS sends has a row', () => {
  expect(eventTypes().length).toBeGreaterThan(3);
  expect(withoutRow(eventTypes())).toEqual([]);
});

test('every resource type that the local AWS gives life to has a row', () => {
  expect(resourceTypes().length).toBeGreaterThan(10);
  expect(withoutRow(resourceTypes())).toEqual([]);
});

test('every behaviour that is played either way has a row', () => {
  expect(unwitnessedKeys().length).toBeGreaterThan(2);
  expect(withoutRow(unwitnessedKeys())).toEqual([]);
});

test.each(rows)('$names.0 in "$section" has a witness that can be looked up', ({ section, witness }) => {
  const links = [...witness.matchAll(/\]\[([a-z0-9-]+)\]/g)].map(([, id = '']) => id);
  expect(links.filter((id) => !page.includes(`\n[${id}]: https://`))).toEqual([]);
  const looked =
    links.length > 0 ||
    witness === SERVICE_MODEL ||
    // A run of the real thing, or a file of a project at a version or commit.
    /\bruns?\b/.test(witness) ||
    /\b[a-z0-9-]+@(\d[\w.]*|[\da-f]{8}) [\w./-]+/.test(witness) ||
    (section.startsWith('No witness') && witness.startsWith('none'));
  expect({ witness, looked }).toEqual({ witness, looked: true });
});

test.each(rows)('$names.0 in "$section" is held by files that are there', ({ heldBy }) => {
  expect(heldBy.length).toBeGreaterThan(0);
  expect(heldBy.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every link of the page is used, and defined once', () => {
  const defined = [...page.matchAll(/^\[([a-z0-9-]+)\]: /gm)].map(([, id = '']) => id);
  expect(defined.filter((id, index) => defined.indexOf(id) !== index)).toEqual([]);
  expect(defined.filter((id) => !page.includes(`][${id}]`))).toEqual([]);
});
