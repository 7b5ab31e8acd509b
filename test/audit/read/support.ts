import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Facts } from '../../../lib/audit/facts';
import { readFacts, type ReadOptions } from '../../../lib/audit/read/read-facts';

const made: string[] = [];

/** A directory with these files; {@link removeMade} removes it. */
export const directoryOf = (files: Readonly<Record<string, string>>): string => {
  const directory = mkdtempSync(join(tmpdir(), 'headroom-audit-'));
  made.push(directory);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
};

export const removeMade = (): void => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
};

/** Facts of one template, given as text or as an object. */
export const factsOfTemplate = (template: unknown, options: ReadOptions = {}): Facts => {
  const text = typeof template === 'string' ? template : JSON.stringify(template);
  const name = typeof template === 'string' ? 'template.yaml' : 'template.json';
  return readFacts(join(directoryOf({ [name]: text }), name), options);
};
