/** The few pieces of DER (X.690) that a certificate signing request is made of. */

const length = (bytes: number): number[] => {
  if (bytes < 0x80) return [bytes];
  const digits: number[] = [];
  for (let rest = bytes; rest > 0; rest >>= 8) digits.unshift(rest & 0xff);
  return [0x80 | digits.length, ...digits];
};

const tagged = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...length(body.length)]), body]);
};

export const sequence = (...contents: readonly Uint8Array[]): Buffer => tagged(0x30, ...contents);
export const setOf = (content: Uint8Array): Buffer => tagged(0x31, content);
export const smallInteger = (value: number): Buffer => tagged(0x02, Buffer.from([value]));
export const utf8String = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'));
/** Without unused bits. */
export const bitString = (bytes: Uint8Array): Buffer => tagged(0x03, Buffer.from([0]), bytes);
/** `[0]`, constructed, of what has no members. */
export const emptyContext0 = (): Buffer => tagged(0xa0);

/** e.g. `2.5.4.3`; arcs below 2^31. */
export const objectIdentifier = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (arc: number): number[] => {
    const digits = [arc & 0x7f];
    for (let more = arc >>> 7; more > 0; more >>>= 7) digits.unshift(0x80 | (more & 0x7f));
    return digits;
  };
  return tagged(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
};
