import { CannotRunError } from '../lib/drill/cannot-run';
import { ensureHostPrograms } from '../lib/drill/host/install';
import { labPrograms, type LabProgress } from '../lib/drill/lab/programs';
import { EXIT } from './exit-codes';

const log = (line: string): void => void process.stderr.write(`setup: ${line}\n`);

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} minutes`;

const line = ({ part, status, seconds }: LabProgress): string => {
  switch (status) {
    case 'cached':
      return `${part}: in the cache`;
    case 'started':
      return `${part}: building (usually ${minutes(seconds)} on two processors) …`;
    case 'done':
      return `${part}: built in ${minutes(seconds)}`;
  }
};

/** Builds real Kubernetes for the drill. Exit codes: 0 built, 1 a fault of ours, 2 cannot. */
async function main(): Promise<void> {
  await ensureHostPrograms({ purpose: 'lab', log });
  await labPrograms((progress) => log(line(progress)));
  log('real Kubernetes is built');
}

main().catch((error: unknown) => {
  const cannot = error instanceof CannotRunError;
  process.stderr.write(`${cannot ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = cannot ? EXIT.couldNotRun : EXIT.notAsExpected;
});
