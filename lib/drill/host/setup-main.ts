import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CannotRunError } from '../cannot-run';
import { ensureActionlint } from './actionlint';
import { ensureHostPrograms } from './install';
import { ensurePythonTools } from './python-tools';

const USAGE = 'Usage: setup-main.ts [--purpose drill|test]   (default: drill)';

/** Makes this machine ready for `npm run drill` or `npm run test:all`. Exit codes: 0 ready, 1 a fault of ours, 2 cannot. */
async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { purpose: { type: 'string', default: 'drill' } } });
  const { purpose } = values;
  if (purpose !== 'drill' && purpose !== 'test') {
    throw new CannotRunError(`--purpose must be drill or test, got ${purpose}.\n${USAGE}`);
  }
  const log = (line: string): void => void process.stderr.write(`setup: ${line}\n`);
  await ensureHostPrograms({ purpose, log });
  if (purpose === 'test') {
    await ensurePythonTools(join(__dirname, '..', '..', '..'), log);
    await ensureActionlint(log);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const cannot = error instanceof CannotRunError;
  process.stderr.write(`${cannot ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = cannot ? 2 : 1;
});
