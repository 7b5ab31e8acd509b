import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CannotRunError } from '../cannot-run';
import { labPrograms, type LabProgress } from '../lab/programs';
import { etcdIsBuilt, etcdPrograms } from '../vm/etcd';
import { ensureActionlint } from './actionlint';
import { ensureHostPrograms } from './install';
import { ensurePythonTools } from './python-tools';
import { PURPOSES, type Purpose } from './requirements';

const USAGE = `Usage: setup-main.ts [--purpose ${PURPOSES.join('|')}]   (default: drill)`;

const log = (line: string): void => void process.stderr.write(`setup: ${line}\n`);

/** What a purpose needs besides the host's programs. */
const MORE: Readonly<Record<Purpose, () => Promise<unknown>>> = {
  drill: () => Promise.resolve(),
  test: async () => {
    await ensurePythonTools(join(__dirname, '..', '..', '..'), log);
    await ensureActionlint(log);
  },
  lab: async () => {
    log(etcdIsBuilt() ? 'etcd: in the cache' : 'etcd: building (usually 2 minutes on two processors) …');
    await etcdPrograms();
    await labPrograms((progress) => log(progressLine(progress)));
  },
};

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} minutes`;

function progressLine({ part, status, seconds }: LabProgress): string {
  switch (status) {
    case 'cached':
      return `${part}: in the cache`;
    case 'started':
      return `${part}: building (usually ${duration(seconds)} on two processors) …`;
    case 'done':
      return `${part}: built in ${duration(seconds)}`;
  }
}

/**
 * Makes this machine ready for `npm run drill`, `npm run test:all`, or `npm run drill -- --real` (lab, which builds real
 * Kubernetes). Exit codes: 0 ready, 1 a fault of ours, 2 cannot.
 */
async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { purpose: { type: 'string', default: 'drill' } } });
  const purpose = PURPOSES.find((each) => each === values.purpose);
  if (purpose === undefined) {
    throw new CannotRunError(
      `--purpose must be one of ${PURPOSES.join(', ')}, got ${values.purpose}.\n${USAGE}`,
    );
  }
  await ensureHostPrograms({ purpose, log });
  await MORE[purpose]();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const cannot = error instanceof CannotRunError;
  process.stderr.write(`${cannot ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = cannot ? 2 : 1;
});
