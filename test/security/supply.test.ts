import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { imagesOf, nodeDownloads } from '../../bin/node-downloads';
import { sbom } from '../../bin/sbom';
import { ROOT } from '../app/environments';

/** Terms under which we may ship or run something without a lawyer. CC-BY is a table of browsers' data. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
];

/** File by file: fine for a tool that no one ships and that is not changed, such as axe-core. */
const ALLOWED_IN_TESTS = ['MPL-2.0'];

interface LockedPackage {
  readonly dev?: boolean;
  readonly license?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { packages: entries } = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, LockedPackage>;
};
/** Of this repository, not of a registry; npm links each into node_modules. */
const WORKSPACES = ['packages/local-aws'];
const locked = Object.entries(entries).filter(
  ([path, { link }]) => path !== '' && link !== true && !WORKSPACES.includes(path),
);

/** `(MIT OR CC0-1.0)`: one of them will do. */
const isAllowed = ({ license, dev }: LockedPackage): boolean =>
  license
    ?.replace(/[()]/g, '')
    .split(' OR ')
    .some((each) => ALLOWED.includes(each) || (dev === true && ALLOWED_IN_TESTS.includes(each))) ?? false;

test('every package of the lock file has a licence that is allowed', () => {
  expect(locked.length).toBeGreaterThan(300);
  expect(locked.filter(([, each]) => !isAllowed(each))).toEqual([]);
});

test('every package of the lock file has a hash', () => {
  expect(
    locked.filter(([, { integrity, inBundle }]) => integrity === undefined && inBundle !== true),
  ).toEqual([]);
});

test('every link of the lock file leads to a package of this repository', () => {
  const links = Object.values(entries).filter(({ link }) => link === true);
  expect(links.map(({ resolved }) => resolved)).toEqual(WORKSPACES);
});

test('every package of this repository pins what package.json pins', () => {
  const pinsOf = (path: string): Record<string, string> => {
    const { dependencies, devDependencies } = JSON.parse(read(path)) as Record<
      string,
      Record<string, string>
    >;
    return { ...dependencies, ...devDependencies };
  };
  const pins = pinsOf('package.json');
  for (const path of WORKSPACES) expect(pins).toMatchObject(pinsOf(join(path, 'package.json')));
});

/** `npm ci` names each that has no answer, and npm 12 runs none of those. https://docs.npmjs.com/cli/v12/commands/npm-install-scripts */
test('every install script of a package is allowed or denied by name', () => {
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
  const withScripts = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.split('node_modules/').at(-1));
  expect(Object.keys(allowScripts).sort()).toEqual(withScripts.sort());
});

test('every dependency is of one exact version', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
});

test('the bill of materials is CycloneDX, with packages of npm and what nodes download', () => {
  const bom = sbom() as {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly metadata: { readonly component: { readonly name: string } };
    readonly components: readonly {
      readonly type: string;
      readonly purl: string;
      readonly 'bom-ref': string;
    }[];
  };
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'headroom' } } });
  const purls = bom.components.map(({ purl }) => purl);
  expect(purls).toContainEqual(expect.stringMatching(/^pkg:npm\/aws-cdk-lib@2\./));
  expect(purls).toContainEqual(expect.stringMatching(/^pkg:generic\/kubelet@1\./));
  expect(purls).toContainEqual(expect.stringMatching(/^pkg:oci\/flannel\b/));
  for (const { purl, type } of bom.components)
    expect([purl, type === 'container']).toEqual([purl, purl.startsWith('pkg:oci/')]);
  const references = bom.components.map((component) => component['bom-ref']);
  expect(references.filter((each, index) => references.indexOf(each) !== index)).toEqual([]);
});

test('every host from which a node script downloads is in the bill of materials', () => {
  const sources = nodeDownloads(['1.36.3'])
    .map(({ source, verifiedBy }) => `${source} ${verifiedBy}`.replaceAll('REGION', ''))
    .join(' ');
  const hosts = readdirSync(join(ROOT, 'lib', 'node', 'bootstrap'))
    .filter((name) => name.endsWith('.sh'))
    .flatMap((name) => read(join('lib', 'node', 'bootstrap', name)).split('\n'))
    .filter((line) => !line.trim().startsWith('#'))
    .flatMap((line) => [...line.matchAll(/https:\/\/([a-z][^/"'\s]*)/g)].map(([, host = '']) => host))
    .map((host) => host.replaceAll(/\$\{?\w+\}?/g, ''));
  expect(hosts.length).toBeGreaterThan(1);
  const missing = hosts.filter((host) => !sources.includes(`https://${host.replace(/\.$/, '')}`));
  expect(missing).toEqual([]);
});

test.each([
  ['image: a.example/b/c:v1', { name: 'c', version: 'v1', source: 'a.example/b/c' }],
  ['image: a.example:5000/c', { name: 'c', source: 'a.example:5000/c' }],
  ['image: "a.example/c:v1@sha256:0f"', { version: 'v1', verifiedBy: 'its digest' }],
])('%s', (manifest, expected) => {
  expect(imagesOf(`${manifest}\n${manifest}`)).toEqual([expect.objectContaining(expected)]);
});

test('every file that docs/security.md names is there, and every threat has one', () => {
  const page = read('docs/security.md');
  const files = [...page.matchAll(/`((?:test|lib|docs)\/[^`*]+\.\w+)`/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(25);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|') && line.split('|').length === 5)
    .filter((line) => !/^\| (Threat|-)/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => !/`test\/[^`]+` *\|$/.test(row))).toEqual([]);
});
