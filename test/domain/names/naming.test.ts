import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFile } from '../../../lib/domain/names/naming';
import { ROOT } from '../../app/environments';

test('where an environment is written', () => expect(environmentFile('prod')).toBe('environments/prod.yaml'));

test('no other source makes the file’s name out of the environment’s', () => {
  const files = ['bin', 'lambda', 'lib'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => join(folder, file)),
  );
  const making = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('environments/${'));
  expect(making).toEqual(['lib/domain/names/naming.ts']);
});
