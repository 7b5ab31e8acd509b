import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withJsonFlag } from '../../bin/command-line';
import { addCommands, headroom } from '../../bin/commands';
import { completedProgram } from '../../bin/completion-command';
import type { CompletedProgram } from '../../lib/console/completion/model';

/** The command line as it is. */
export const program = (): CompletedProgram => {
  const cli = headroom();
  addCommands(cli, () => Promise.resolve());
  return completedProgram(withJsonFlag(cli));
};

/** A folder with the script, which is gone after the tests. */
export const keptScript = (write: (program: CompletedProgram) => string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-completion-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'script');
  writeFileSync(file, write(program()));
  return file;
};
