/**
 * Lines of a log in which GitHub's runner sees no command: it takes `::name::` at the start of a line, spaces before it trimmed, and
 * `##[name]` anywhere (actions/runner@main src/Runner.Common/ActionCommand.cs, TryParseV2 and TryParse). Names and values of an
 * audited tree are its author's, and the log is of a job that may hold a token.
 */
export const withoutWorkflowCommands = (text: string): string =>
  text.replace(/^([^\S\n]*):(?=:)/gm, '$1: ').replace(/##(?=\[)/g, '## ');
