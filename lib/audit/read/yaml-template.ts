import {
  CST,
  Lexer,
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import { AuditInputError } from '../audit-input-error';
import type { Json } from './json';
import { MAX_DEPTH, MAX_INDENT, MAX_VALUES } from './limits';

/** CloudFormation's short forms that are no `Fn::`. */
const BARE = new Set(['!Ref', '!Condition']);

/**
 * The parser recurses, and builds expressions from the indentation: a text that is too deep ends the whole process.
 * So the tokens are looked at first.
 */
const checkDepth = (file: string, text: string): void => {
  const tooDeep = (line: number): never => {
    throw new AuditInputError({
      file,
      line,
      rule: `be nested at most ${MAX_DEPTH} levels deep`,
      found: 'deeper nesting',
      next: 'Give a CloudFormation template, as people write it.',
    });
  };
  let flow = 0;
  let line = 1;
  let indicators = 0;
  let atLineStart = true;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'flow-seq-start' || type === 'flow-map-start') flow++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') flow--;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') indicators++;
    else if (type === 'space' && atLineStart && token.length > MAX_INDENT) tooDeep(line);
    if (flow > MAX_DEPTH || indicators > MAX_DEPTH) tooDeep(line);
    atLineStart = type === 'newline';
    if (atLineStart) indicators = 0;
    // Block scalars hold lines of their own.
    for (let at = token.indexOf('\n'); at >= 0; at = token.indexOf('\n', at + 1)) line++;
  }
};

/** A short form as its long one. `!GetAtt a.b` stays a text, which the resolver splits. */
const untag = (tag: string | undefined, value: Json): Json => {
  if (tag === undefined || !/^![A-Za-z]/.test(tag)) return value;
  const name = tag.slice(1);
  return { [BARE.has(tag) ? name : `Fn::${name}`]: value };
};

class Writer {
  private readonly done = new Map<Node, { readonly value: Json; readonly size: number }>();
  private readonly open = new Set<Node>();

  constructor(
    private readonly file: string,
    private readonly document: Document,
    private readonly lineCounter: LineCounter,
  ) {}

  private stop(node: Node, rule: string, found: string): never {
    throw new AuditInputError({
      file: this.file,
      ...(node.range && { line: this.lineCounter.linePos(node.range[0]).line }),
      rule,
      found,
      next: 'Write the value out, without aliases.',
    });
  }

  /** `size`: number of values with aliases written out, so that a few lines cannot become billions. */
  write(node: unknown, depth: number): { readonly value: Json; readonly size: number } {
    if (isScalar(node)) return { value: untag(node.tag, this.scalar(node.value, node.source)), size: 1 };
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) this.stop(node, 'know every alias', `*${node.source}`);
      return this.write(target, depth + 1);
    }
    if (!isMap(node) && !isSeq(node)) return { value: null, size: 1 };
    const before = this.done.get(node);
    if (before !== undefined) return before;
    if (this.open.has(node)) this.stop(node, 'have no alias within its own anchor', 'a cycle of aliases');
    if (depth > MAX_DEPTH) this.stop(node, `be nested at most ${MAX_DEPTH} levels deep`, 'deeper nesting');
    this.open.add(node);
    let size = 1;
    const add = (child: unknown): Json => {
      const written = this.write(child, depth + 1);
      size += written.size;
      if (size > MAX_VALUES)
        this.stop(node, `have at most ${MAX_VALUES} values with its aliases written out`, 'more');
      return written.value;
    };
    const value: Json = isSeq(node)
      ? node.items.map(add)
      : // fromEntries defines keys, also `__proto__`, and never calls a setter.
        Object.fromEntries(node.items.map((pair) => [this.key(pair.key), add(pair.value)]));
    this.open.delete(node);
    const written = { value: untag(node.tag, value), size };
    this.done.set(node, written);
    return written;
  }

  private key(node: unknown): string {
    return isScalar(node) ? (node.source ?? String(node.value)) : '';
  }

  private scalar(value: unknown, source: string | undefined): Json {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return source ?? (typeof value === 'number' || typeof value === 'bigint' ? String(value) : null);
  }
}

export interface ParsedTemplate {
  readonly body: Json;
  /** 1-based line of each resource. */
  readonly lines: ReadonlyMap<string, number>;
}

/** A YAML template with CloudFormation's short tags. Throws {@link AuditInputError}. */
export const parseYamlTemplate = (file: string, text: string): ParsedTemplate => {
  checkDepth(file, text);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, logLevel: 'silent', uniqueKeys: false, merge: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw new AuditInputError({
      file,
      ...(error.linePos && { line: error.linePos[0].line }),
      rule: 'be YAML',
      found: error.message,
      next: 'Fix the line; `cdk synth` and cfn-lint show what a template looks like.',
    });
  const { value: body } = new Writer(file, document, lineCounter).write(document.contents, 0);
  const lines = new Map<string, number>();
  const resources = isMap(document.contents) ? document.get('Resources', true) : undefined;
  if (isMap(resources))
    for (const { key } of resources.items)
      if (isScalar(key) && key.range) lines.set(String(key.source), lineCounter.linePos(key.range[0]).line);
  return { body, lines };
};
