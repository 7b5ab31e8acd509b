import { build } from 'esbuild';
import ts from 'typescript';
import { esbuildOptions, type HandlerName } from '../../../lib/constructs/bundling';
import { SERVICE_PREFIX } from './iam-actions';

const SDK = /^@aws-sdk\/client-([a-z0-9-]+)$/;

/** Local name → `service:Operation`, of the SDK's commands that a module imports. */
const commandsOf = (source: ts.SourceFile): ReadonlyMap<string, string> => {
  const commands = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const client = SDK.exec(statement.moduleSpecifier.text)?.[1];
    const names = statement.importClause?.namedBindings;
    if (client === undefined || names === undefined) continue;
    if (!ts.isNamedImports(names)) throw new Error(`${client} is imported whole: name what is used of it`);
    for (const { name, propertyName } of names.elements) {
      const exported = (propertyName ?? name).text;
      const operation = /^(?:paginate)?([A-Z]\w+?)(?:Command)?$/.exec(exported)?.[1] ?? exported;
      const service = SERVICE_PREFIX[client] ?? client;
      if (/^[A-Z]\w+Command$|^paginate[A-Z]/.test(exported))
        commands.set(name.text, `${service}:${operation}`);
      else if (!/(Client|Exception|Error)$/.test(exported))
        throw new Error(`${exported} of ${client}: is it a call? Teach this reader what it is`);
    }
  }
  return commands;
};

/** A verb of a client: `{ async send() {…} }`. */
const verbOf = (node: ts.Node): string | undefined =>
  ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent) && ts.isIdentifier(node.name)
    ? node.name.text
    : undefined;

/** Every node but those below verbs that are not in use. */
const walk = (node: ts.Node, inUse: ReadonlySet<string>, visit: (node: ts.Node) => void): void => {
  const verb = verbOf(node);
  if (verb !== undefined && !inUse.has(verb)) return;
  visit(node);
  node.forEachChild((child) => walk(child, inUse, visit));
};

/** Names by which some property is read: whatever the object, so that none is missed. */
const namesRead = (source: ts.SourceFile, inUse: ReadonlySet<string>): ReadonlySet<string> => {
  const names = new Set<string>();
  walk(source, inUse, (node) => {
    if (ts.isPropertyAccessExpression(node)) names.add(node.name.text);
    if (ts.isStringLiteral(node)) names.add(node.text);
    if (ts.isBindingElement(node)) names.add((node.propertyName ?? node.name).getText(source));
  });
  return names;
};

const everyVerb = (source: ts.SourceFile): ReadonlySet<string> => {
  const verbs = new Set<string>();
  const visit = (node: ts.Node): void => {
    const verb = verbOf(node);
    if (verb !== undefined) verbs.add(verb);
    node.forEachChild(visit);
  };
  visit(source);
  return verbs;
};

/** `service:Operation` that a bundled module can call: a verb of a client that nothing calls counts for nothing. */
export const operationsIn = (code: string): readonly string[] => {
  const source = ts.createSourceFile('handler.js', code, ts.ScriptTarget.Latest, true);
  const commands = commandsOf(source);
  let inUse = everyVerb(source);
  for (;;) {
    const read = namesRead(source, inUse);
    const next = new Set([...inUse].filter((verb) => read.has(verb)));
    if (next.size === inUse.size) break;
    inUse = next;
  }
  const called = new Set<string>();
  walk(source, inUse, (node) => {
    if (ts.isIdentifier(node) && !ts.isImportSpecifier(node.parent)) {
      const operation = commands.get(node.text);
      if (operation !== undefined) called.add(operation);
    }
  });
  return [...called];
};

/** What a handler can call, by the module that would be deployed. */
export const operationsOfHandler = async (name: HandlerName): Promise<readonly string[]> => {
  const { outputFiles = [] } = await build({
    ...esbuildOptions(name, 'handler.js'),
    format: 'esm',
    // The same code, with the names that its sources give.
    minify: false,
    external: ['@aws-sdk/*'],
    write: false,
  });
  return operationsIn(outputFiles.map(({ text }) => text).join('\n'));
};
