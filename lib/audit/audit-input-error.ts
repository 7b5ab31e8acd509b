/** What cannot be read, in words for the person who has to fix it. */
export interface InputMistake {
  readonly file: string;
  /** 1-based, where it is known. */
  readonly line?: number;
  /** What must hold. */
  readonly rule: string;
  readonly found: string;
  /** What to do next. */
  readonly next: string;
}

const SHOWN_CHARACTERS = 200;

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
};

/** An input that cannot be audited; its message is what a person sees. */
export class AuditInputError extends Error {
  override readonly name = 'AuditInputError';

  constructor(readonly mistake: InputMistake) {
    super(
      [
        `${mistake.file}${mistake.line === undefined ? '' : `:${mistake.line}`}`,
        `  must ${mistake.rule}`,
        `  found: ${short(mistake.found)}`,
        `  next: ${mistake.next}`,
      ].join('\n'),
    );
  }

  /** One line, for a list of what could not be read. */
  get why(): string {
    const { line, rule, found } = this.mistake;
    return `${line === undefined ? '' : `line ${line}: `}must ${rule}; found: ${short(found)}`;
  }
}
