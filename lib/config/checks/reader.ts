import { valueAt, type Mistake, type Path } from '../../domain/mistakes/file-mistake';
import { schemaOf } from '../mistakes';
import { attachedSchema } from '../schema';

/** A rule over several fields. It stays silent about a field that is not there or of the wrong type. */
export type Check = (read: Reader) => Mistake[];

export interface Reader {
  readonly number: (path: Path, otherwise?: number) => number | undefined;
  readonly text: (path: Path) => string | undefined;
  readonly list: (path: Path) => readonly unknown[];
  /** Names of the worker groups, which are at {@link groupsAt}. */
  readonly groups: () => readonly string[];
  readonly groupsAt: Path;
  readonly controlPlaneAt: Path;
  readonly isAttached: boolean;
  readonly raw: (path: Path) => unknown;
}

export const reader = (raw: unknown): Reader => {
  const isAttached = schemaOf(raw) === attachedSchema;
  const base = isAttached ? ['cluster', 'existing'] : [];
  return {
    ...valuesOf(raw, [...base, 'workerGroups']),
    controlPlaneAt: [...base, 'controlPlane'],
    isAttached,
  };
};

const valuesOf = (raw: unknown, groupsAt: Path): Omit<Reader, 'controlPlaneAt' | 'isAttached'> => ({
  groupsAt,
  raw: (path) => valueAt(raw, path),
  number: (path, otherwise) => {
    const value = valueAt(raw, path) ?? otherwise;
    return typeof value === 'number' ? value : undefined;
  },
  text: (path) => {
    const value = valueAt(raw, path);
    return typeof value === 'string' ? value : undefined;
  },
  list: (path) => {
    const value = valueAt(raw, path);
    return Array.isArray(value) ? (value as unknown[]) : [];
  },
  groups: () => {
    const value = valueAt(raw, groupsAt);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  },
});
