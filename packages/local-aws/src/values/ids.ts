import { createHash } from 'node:crypto';

const digest = (seed: string): string => createHash('sha256').update(seed).digest('hex');

/** e.g. `i-0f3a…`: the prefix, a 0, and 16 hex characters that depend on the seed alone. */
export const resourceId = (prefix: string, seed: string): string => `${prefix}-0${digest(seed).slice(0, 16)}`;

export const shortHash = (seed: string, length: number): string => digest(seed).slice(0, length);

/** UUID v4 shape, depending on the seed alone: ids are the same in every run. */
export function uuidFrom(seed: string): string {
  const hex = digest(seed);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
