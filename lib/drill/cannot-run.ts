/** The drill could not run at all (exit code 2). The message says what to do about it. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}
