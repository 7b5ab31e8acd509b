import type { AuditPieces } from '../../lib/audit/audit';
import type { Facts, LiveNodeGroup, Suppression } from '../../lib/audit/facts';
import type { Fix } from '../../lib/audit/rule';

/** What the command is put together from: files, an account, `cdk synth`. */
export interface AuditParts {
  readonly readFacts: (
    path: string,
    options: { readonly ssmParameters?: Readonly<Record<string, string>>; readonly stackName?: string },
  ) => Facts;
  /** Suppressions of a file. */
  readonly loadSuppressions: (file: string) => readonly Suppression[];
  readonly readLive: (facts: Facts) => Promise<readonly LiveNodeGroup[]>;
  /** Leaves a cloud assembly of one environment, or of all, in a folder. */
  readonly synthesize: (environmentName: string | undefined, outputDirectory: string) => Promise<void>;
  /** Writes values into an environment file and keeps its comments. Throws where the file would be wrong then. */
  readonly editFile: (file: string, edits: readonly Fix[]) => void;
  readonly pieces: AuditPieces;
}

/** A mistake in what the caller gave; its message says how to correct it. */
export class AuditCommandError extends Error {
  override readonly name = 'AuditCommandError';
}
