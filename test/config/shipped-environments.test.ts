import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { environmentJsonSchema } from '../../lib/config/json-schema';
import { nodeGroupPolicies } from '../../lib/config/node-groups';
import { ENVIRONMENTS } from '../app/environments';

const FOLDER = join(__dirname, '..', '..', 'environments');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
const environments = Object.fromEntries(ENVIRONMENTS.map(({ name, environment }) => [name, environment]));

test('the editors’ JSON Schema is current (otherwise: npm run schema)', () => {
  expect(readFileSync(join(FOLDER, 'environment.schema.json'), 'utf8')).toBe(environmentJsonSchema());
});

test.each(files)('%s is valid for editors, and says so on its first line', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./environment.schema.json');
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(environmentJsonSchema()) as object,
  );
  validate(parse(text));
  expect(validate.errors).toBeNull();
});

test('the editors’ schema refuses what the loader refuses', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(environmentJsonSchema()) as object,
  );
  const prod = parse(readFileSync(join(FOLDER, 'prod.yaml'), 'utf8')) as Record<string, unknown>;
  expect(validate({ ...prod, unknown: 1 })).toBe(false);
  expect(validate({ ...prod, account: '1' })).toBe(false);
  expect(validate({ ...prod, workerGroups: { 'Not-A-Name': {} } })).toBe(false);
});

test('prod keeps a quorum when one of its zones is lost', () => {
  expect(environments['prod']?.controlPlane.count).toBe(3);
  expect(new Set(environments['prod']?.zones).size).toBe(3);
});

test('dev is the smallest thing that works', () => {
  expect(environments['dev']).toMatchObject({ controlPlane: { count: 1 }, zones: [expect.any(String)] });
});

test('both operating systems are in use, so both are synthesized and linted', () => {
  const systems = Object.values(environments).map(({ controlPlane }) => controlPlane.os);
  expect(new Set(systems)).toEqual(new Set(['ubuntu-24.04', 'amazon-linux-2023']));
});

test('policies cover every node group, with the levels of the environment', () => {
  expect(nodeGroupPolicies(environments['prod']!)).toMatchObject({
    'control-plane': { warningPercent: 80, targetPercent: 75, sizeGiB: 40, maxSizeGiB: 200 },
    general: { sizeGiB: 60, maxSizeGiB: 400 },
    memory: { sizeGiB: 80, maxSizeGiB: 500 },
  });
});
