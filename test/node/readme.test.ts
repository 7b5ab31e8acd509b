import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../app/environments';

const FOLDER = join(ROOT, 'lib', 'node');

test('the README says of each script what it does', () => {
  const rows = [...readFileSync(join(FOLDER, 'README.md'), 'utf8').matchAll(/^\| `([\w-]+\.(?:sh|py))` /gm)];
  const files = readdirSync(FOLDER).filter((name) => /\.(sh|py)$/.test(name) && name !== 'common.sh');
  expect(rows.map(([, name]) => name).sort()).toEqual(files.sort());
});
