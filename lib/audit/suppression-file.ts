import { readFileSync, statSync } from 'node:fs';
import { LineCounter, isCollection, isNode, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Suppression } from './facts';

/** Beside the audited environment files. */
export const SUPPRESSION_FILE = '.headroom-audit.yaml';

/** More than is written by hand. Bytes. */
const MAX_BYTES = 1_048_576;

/** A suppression file that cannot be read: names the file, the entry, the rule and what to write. */
export class SuppressionFileError extends Error {
  override readonly name = 'SuppressionFileError';
}

const text = z.string();
const schema = z.strictObject({
  suppressions: z
    .array(
      z.strictObject({
        rule: text.min(1),
        // Left out or empty is a finding, not an unreadable file.
        reason: text.default(''),
        subject: text.min(1).optional(),
        expires: text.optional(),
      }),
    )
    .nullable(),
});

const EXAMPLE =
  'write e.g. suppressions: [{rule: volume-unencrypted, subject: general, reason: "a test cluster", expires: 2027-01-31}]';

const read = (file: string): string => {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES)
      throw new SuppressionFileError(
        `${file}: must have at most ${MAX_BYTES} bytes, found ${size}; remove what is not needed`,
      );
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof SuppressionFileError) throw error;
    throw new SuppressionFileError(
      `${file}: cannot be read (${error instanceof Error ? error.message : String(error)}); check --suppressions`,
    );
  }
};

/**
 * Reads a file of suppressions: `suppressions: [{rule, reason, subject?, expires?}]`.
 * @param file as it shall be named in reports
 * @throws SuppressionFileError
 */
export const loadSuppressions = (file: string): readonly Suppression[] => {
  const lines = new LineCounter();
  const document = parseDocument(read(file), { lineCounter: lines });
  const [mistake] = document.errors;
  if (mistake !== undefined)
    throw new SuppressionFileError(
      `${file}: is not valid YAML (${mistake.message.split('\n')[0] ?? ''}); correct that line`,
    );
  if (document.contents === null) return [];
  const parsed = schema.safeParse(valueOf(file, document));
  if (!parsed.success) throw new SuppressionFileError(`${file}: ${explained(parsed.error)}; ${EXAMPLE}`);
  const lineOf = (index: number): number | undefined => {
    const list = document.get('suppressions', true);
    const item = isCollection(list) ? list.items[index] : undefined;
    return isNode(item) && item.range ? lines.linePos(item.range[0]).line : undefined;
  };
  return (parsed.data.suppressions ?? []).map(({ rule, reason, subject, expires }, index) => {
    const line = lineOf(index);
    return {
      rule,
      reason,
      ...(subject !== undefined && { subject }),
      ...(expires !== undefined && { expires }),
      place: { file, ...(line !== undefined && { line }) },
    };
  });
};

/** The parser refuses aliases that multiply, with an error. */
const valueOf = (file: string, document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new SuppressionFileError(
      `${file}: cannot be read (${error instanceof Error ? error.message : String(error)}); write it without aliases`,
    );
  }
};

const explained = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; ');
