/** What a terminal or a browser would act on: control characters, and those that turn the direction of writing. */
const ACTING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

const MOST_CHARACTERS = 600;

/**
 * Text of a template on one line, with nothing in it that acts. Names in templates are anybody's.
 * @param most longer text ends with `…`; characters
 */
export const plainText = (value: string, most = MOST_CHARACTERS): string => {
  // Cut before anything is looked at: a name may be megabytes.
  const line = value
    .slice(0, most * 4)
    .replace(ACTING, ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim();
  const characters = [...line];
  return characters.length > most || value.length > most * 4
    ? `${characters.slice(0, most - 1).join('')}…`
    : line;
};
