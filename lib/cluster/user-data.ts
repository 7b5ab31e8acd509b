import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** EC2's limit for user data, before base64. Bytes. Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const USER_DATA_LIMIT_BYTES = 16_384;

const HEAL = join(__dirname, '..', 'heal');

/** The file that PrepareNode installs too, for a here-document: its last newline is the template's. */
const fileText = (name: string): string =>
  readFileSync(join(HEAL, name.endsWith('.sh') ? 'scripts' : 'node-files', name), 'utf8').replace(/\n$/, '');

/**
 * The first-boot script of every node, with the guard and the boot-time extension inside.
 * One text for both operating systems: it asks the node what it is.
 *
 * @throws when the text is over {@link USER_DATA_LIMIT_BYTES}
 */
export const nodeUserData = ({ region }: { readonly region: string }): string => {
  const text = readFileSync(join(__dirname, 'user-data.sh'), 'utf8')
    .replace('@@REGION@@', () => region)
    .replaceAll(/^@@FILE (.+)@@$/gm, (_, name: string) => fileText(name));
  const bytes = Buffer.byteLength(text);
  if (bytes > USER_DATA_LIMIT_BYTES)
    throw new Error(`User data must have at most ${USER_DATA_LIMIT_BYTES} bytes, got ${bytes}.`);
  return text;
};
