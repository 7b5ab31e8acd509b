import { readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(__dirname, '../..');
const PACKAGE = join(ROOT, 'packages', 'local-aws');

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  );

const files = [...filesBelow(join(PACKAGE, 'src')), ...filesBelow(join(PACKAGE, 'test'))];

test('the local AWS is more than a few files', () => {
  expect(files.length).toBeGreaterThan(100);
});

test('no file of the local AWS says the name of what is built on it, or of its parts', () => {
  const named = files.filter((file) => /headroom|ballast/i.test(readFileSync(file, 'utf8')));
  expect(named.map((file) => relative(ROOT, file))).toEqual([]);
});

test('no file of the local AWS imports a file outside of its package', () => {
  const outside = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.') && !resolve(dirname(file), name).startsWith(`${PACKAGE}/`))
      .map((name) => `${relative(ROOT, file)}: ${name}`),
  );
  expect(outside).toEqual([]);
});

test('the local AWS imports Node and the packages that its package.json pins, each in use', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(PACKAGE, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  const packagesIn = (folder: string): readonly string[] => [
    ...new Set(
      filesBelow(join(PACKAGE, folder))
        .flatMap(importsOf)
        .filter(
          (name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name),
        ),
    ),
  ];
  expect([...packagesIn('src')].sort()).toEqual(Object.keys(dependencies).sort());
  expect([...packagesIn('test')].sort()).toEqual(Object.keys(devDependencies).sort());
});

test('the rooms of this repository import the local AWS through its index alone', () => {
  const ours = ['bench', 'bin', 'lambda', 'lib', 'test'].flatMap((room) => filesBelow(join(ROOT, room)));
  const deep = ours
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => /packages\/local-aws\/src\/./.test(name))
        .map((name) => `${relative(ROOT, file)}: ${name}`),
    );
  expect(deep).toEqual([]);
});
