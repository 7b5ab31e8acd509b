import { presentText } from '../outcome/automation-outputs';
import { causeIn } from './cause-line';
import { plainText } from '../messages/plain-text';
import {
  envelopeSchema,
  scriptResultSchemas,
  type ScriptName,
  type ScriptResults,
} from './script-result-schemas';

/** What a script said, or why it could not be read. */
export type ScriptReading<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Run Command joins stdout and stderr with this line in an Automation step's `Output`. */
const STDERR_MARK = /(?:^|\n)-+ERROR-+(?:\n|$)/;
/** No script that Automation runs prints more than 1,200 bytes; a far longer line is not ours, and not worth parsing. */
const MAX_LINE_LENGTH = 16_384;
/**
 * The real agent answers so where it cannot write its own files: `Failed`, exit code 1, both streams empty, on full bytes,
 * full inodes and a read-only root (amazon-ssm-agent 3.3, measured). Undelivered and timed-out commands have no output either.
 */
const EMPTY =
  'the output is empty; if the status is Failed, the agent could not write (disk or inodes full, or read-only)';
/** The line is the last of its kind; what stands before this many others is noise, and parsing it is slow. */
const MAX_CANDIDATES = 20;

/**
 * Finds the JSON line of `script` in a Run Command `Output`: stdout, perhaps followed by stderr, perhaps cut
 * at 2,500 characters, perhaps not there at all. All text in it, and in `why`, is plain: one line, nothing that acts. Never throws. `ok: true` says that the line was read and its
 * figures are in range, not that the script succeeded: that is the value's own `ok`.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-runcommand.html
 */
export const readScriptResult = <S extends ScriptName>(
  output: unknown,
  script: S,
): ScriptReading<ScriptResults[S]> => {
  // Automation may hand over text that is JSON as the object it stands for.
  const given = typeof output === 'object' && output !== null ? stringify(output) : output;
  if (typeof given !== 'string') return no(script, 'there is no output');
  const text = given.replace(/\r\n/g, '\n');
  const [stdout = '', stderr = ''] = text.split(STDERR_MARK, 2);
  const aside = stderr.trim() === '' ? '' : `; stderr: ${excerpt(stderr)}`;

  const lines = stdout.split('\n').map((line) => line.trim());
  const own = lines
    .filter((line) => line.startsWith('{') && line.length <= MAX_LINE_LENGTH)
    .slice(-MAX_CANDIDATES)
    .reverse();
  for (const line of own) {
    const parsed = parse(line);
    const envelope = envelopeSchema.safeParse(parsed);
    if (!envelope.success || envelope.data.script !== script) continue;
    const result = scriptResultSchemas[script].safeParse(parsed);
    if (result.success) return { ok: true, value: result.data };
    // A script that fails early has no figures yet; what it says is better than what the schema misses.
    if (!envelope.data.ok)
      return no(script, `the script failed: ${envelope.data.error ?? 'no error given'}${aside}`);
    const [issue] = result.error.issues;
    return no(script, `field ${issue?.path.join('.') || '(whole)'}: ${issue?.message ?? 'invalid'}${aside}`);
  }
  return no(script, `${whyMissing(stdout, own)}${aside}`);
};

const whyMissing = (stdout: string, candidates: readonly string[]): string => {
  const text = stdout.trim();
  if (text === '') return EMPTY;
  if (presentText(text) === undefined) return `the step did not run or failed (${text})`;
  const cut = candidates.find((line) => line.includes('"headroom"') && parse(line) === undefined);
  if (cut !== undefined) return `the JSON line is truncated or damaged after ${cut.length} characters`;
  return `the output has no JSON line of this script: ${excerpt(text)}`;
};

const stringify = (value: object): string | undefined => {
  try {
    return JSON.stringify(value);
  } catch {
    // Circular or with a BigInt: nothing that came through an API.
    return undefined;
  }
};

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON: noise on stdout, or a line that was cut. The caller tells which.
    return undefined;
  }
};

const no = (script: ScriptName, why: string): { readonly ok: false; readonly why: string } => ({
  ok: false,
  why: `${script}: ${plainText(why)}`,
});

const excerpt = (text: string): string => causeIn(text, 200);
