import { gzip } from './deflate';

/** A file as it will lie on the node. */
export interface NodeFile {
  readonly name: string;
  readonly text: string;
  readonly isExecutable: boolean;
}

const END = 'END_OF_FILE';

/**
 * A shell script that writes the files into the current folder. Shorter than a tar archive, whose headers cost 600 bytes.
 * @throws when a file cannot stand in a here-document
 */
export const unpackingScript = (files: readonly NodeFile[]): string =>
  files
    .map(({ name, text, isExecutable }) => {
      if (!/^[\w.-]+$/.test(name))
        throw new Error(`a file's name must be letters, digits, . _ and -, got ${name}`);
      if (!text.endsWith('\n') || text.split('\n').includes(END))
        throw new Error(`${name} must end with a line break and have no line ${END}`);
      return `cat >${name} <<'${END}'\n${text}${END}\n${isExecutable ? `chmod 755 ${name}\n` : ''}`;
    })
    .join('');

/**
 * Packed by gzip: the same bytes on every machine. Node's own zlib gives others on another processor, and with them every
 * deploy from another desk would give the launch templates a new version.
 */
export const packed = (text: string): Buffer => {
  const known = PACKED.get(text) ?? gzip(Buffer.from(text, 'utf8'));
  PACKED.set(text, known);
  return known;
};

/** Half a second each: an app of several stacks asks for the same one again. */
const PACKED = new Map<string, Buffer>();

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const BASE = ALPHABET.length;

/**
 * Z85, as `basenc --z85 --decode` reads it: 5 characters for 4 bytes, where base64 takes 5⅓. Zeros fill the last 4, which gzip
 * passes over. Source: https://rfc.zeromq.org/spec/32/
 */
export const z85 = (bytes: Buffer): string => {
  const whole = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  let text = '';
  for (let at = 0; at < whole.length; at += 4) {
    const value = whole.readUInt32BE(at);
    for (let digit = 4; digit >= 0; digit--) text += ALPHABET[Math.floor(value / BASE ** digit) % BASE];
  }
  return text;
};
