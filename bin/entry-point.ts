import { EnvironmentEditError } from '../lib/config/edit';
import { EnvironmentFileError } from '../lib/config/environment-file-error';
import { UnknownEnvironmentError } from '../lib/config/load';

/** Errors of what the operator wrote. */
const OPERATORS = [EnvironmentEditError, EnvironmentFileError, UnknownEnvironmentError];

export const isOperatorsError = (error: unknown): boolean =>
  OPERATORS.some((known) => error instanceof known);

/** An operator's error in the operator's words, which a stack trace would only hide; any other error whole. */
export const printError = (
  error: unknown,
  isExpected: (error: unknown) => boolean = isOperatorsError,
): void => console.error(isExpected(error) ? (error as Error).message : error);

/** A closed pipe ends the process without a word: the reader, `head` for one, has had enough. */
export const endWithReader = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
};
