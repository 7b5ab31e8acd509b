import { PAGES, textOf, withoutCode } from './pages';

/** Words that read translated, and what an engineer of the field writes. docs/glossary.md has the words that stay. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bmend(?:s|ed|ing)?\b/gi, 'fix, or remediation'],
  [/\b(?:tells? (?:people|a person|someone)|(?:are|is|was|were|be|been) told)\b/gi, 'notify'],
  [/\b(?:nobody|whoever|whom)\b/gi, 'no one, or the person who'],
  [/\b(?:born|births?)\b/gi, 'created, initial size, first boot'],
  [/\bblind\b/gi, 'out of band'],
  [/\bnaggings?\b/gi, 'repeated escalations'],
  [/\bbefalls?\b/gi, 'happens to'],
  [/\b(?:least|most) step\b/gi, 'minimum or maximum step'],
  [/\b(?:look(?:s|ed|ing)? again|second look)\b/gi, 'check again, second check'],
  [/\bin force\b/gi, 'in effect'],
  [/\bbears?\b/gi, 'has the tag'],
  [/\bis no (?!longer)[a-z]+/g, 'is not a …, or: there is no …'],
];

/** Phrases in which one of them is right, and files that code names. */
const ALLOWED = [/there is no [a-z]+/gi, /[\w./-]+\.(?:md|ts|yaml|sh)\b/g];

test.each(PAGES.filter((page) => page !== 'README.ja.md'))(
  '%s reads as if it was written in English',
  (page) => {
    const text = ALLOWED.reduce((rest, phrase) => rest.replace(phrase, ''), withoutCode(textOf(page)));
    const found = WORDS.flatMap(([pattern, instead]) =>
      [...text.matchAll(pattern)].map(([word]) => `"${word}": write ${instead}`),
    );
    expect(found).toEqual([]);
  },
);
