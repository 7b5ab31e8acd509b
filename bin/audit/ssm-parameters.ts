import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { AuditCommandError } from './audit-parts';

/** Name → value, or what `aws ssm get-parameters` prints. */
const schema = z.union([
  z
    .object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) })
    .transform(({ Parameters }) => Object.fromEntries(Parameters.map(({ Name, Value }) => [Name, Value]))),
  z.record(z.string(), z.string()),
]);

/**
 * Values of SSM parameters, YAML or JSON.
 * @throws AuditCommandError
 */
export const readSsmParameters = (file: string, shown: string): Readonly<Record<string, string>> => {
  const wrong = (found: string): AuditCommandError =>
    new AuditCommandError(
      `--ssm-parameters ${shown} must be a map of names to texts, or what aws ssm get-parameters prints.\n  found: ${found}\n  fix: write e.g. /my/ami: ami-0123456789abcdef0`,
    );
  let raw: unknown;
  try {
    // Aliases are not needed here, and a few of them can make a small file a huge one.
    raw = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    throw wrong((error as Error).message.split('\n')[0] ?? '');
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw wrong(raw === null ? 'an empty file' : (JSON.stringify(raw) ?? '').slice(0, 80));
};
