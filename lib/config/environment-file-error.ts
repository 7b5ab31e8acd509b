import { formatMistake, type PlacedMistake } from '../domain/mistakes/file-mistake';

/** All mistakes of all files read; its message is what the operator sees. */
export class EnvironmentFileError extends Error {
  override readonly name = 'EnvironmentFileError';

  constructor(readonly mistakes: readonly PlacedMistake[]) {
    const files = new Set(mistakes.map(({ file }) => file)).size;
    const count = mistakes.length === 1 ? 'One mistake' : `${mistakes.length} mistakes`;
    const where = files === 1 ? 'the environment file' : `${files} environment files`;
    super([`${count} in ${where}:`, ...mistakes.map(formatMistake)].join('\n\n'));
  }
}
