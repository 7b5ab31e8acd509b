import { existsSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import type { Facts, Suppression } from '../../lib/audit/facts';
import { SUPPRESSION_FILE } from '../../lib/audit/suppression-file';

/** Suppression files in the directory and beside the audited environment files, relative to the directory. */
export const suppressionFilesOf = ({ nodeGroups }: Facts, directory: string): string[] => {
  const folders = nodeGroups.flatMap(({ place: { declaredIn } }) =>
    declaredIn === undefined ? [] : [dirname(declaredIn.file)],
  );
  return [...new Set(['.', ...folders])]
    .map((folder) => join(folder, SUPPRESSION_FILE))
    .filter((file) => existsSync(resolve(directory, file)));
};

/** A file's suppressions, with the file named as the person knows it, not as this machine does. */
export const suppressionsOfFile = (
  file: string,
  directory: string,
  load: (file: string) => readonly Suppression[],
): Suppression[] =>
  load(resolve(directory, file)).map((one) => ({
    ...one,
    place: { ...one.place, file: posix.normalize(file) },
  }));
