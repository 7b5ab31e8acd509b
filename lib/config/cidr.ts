/** An IPv4 range as the numbers of its first and its last address. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** @returns undefined for what is not an IPv4 range, e.g. an octet above 255 */
export const rangeOf = (cidr: string): Range | undefined => {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  const octets = address.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => octet > 255) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  const at = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = at - (at % size);
  return { first, last: first + size - 1 };
};

/** Whether two ranges have an address in common; false where one of them is none. */
export const overlap = (one: string, other: string): boolean => {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
};
