import { known, unknown, type Known } from '../domain/known';
import { describeError } from './errors';

/** What a source answered, or why it did not. */
export const tried = async <T>(work: Promise<T>): Promise<Known<T>> => {
  try {
    return known(await work);
  } catch (error) {
    return unknown(describeError(error));
  }
};
