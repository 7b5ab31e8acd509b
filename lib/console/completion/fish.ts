import { shortDescription, type CompletedProgram, type Values } from './model';

/** Fish knows two escapes between single quotes. https://fishshell.com/docs/current/language.html#quotes */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const offer = (values: Values): string => {
  switch (values.kind) {
    case 'words':
      return `--no-files --arguments ${quoted(values.words.join(' '))}`;
    case 'files':
      return '--force-files';
    case 'directories':
      return "--no-files --arguments '(__fish_complete_directories)'";
    case 'unknown':
      return '--no-files';
  }
};

/** `npx headroom` is completed too. https://fishshell.com/docs/current/cmds/complete.html */
export const fishCompletion = ({ name, commands }: CompletedProgram): string => {
  const complete = (condition: string, rest: string): string =>
    `complete --command ${name} --condition ${quoted(condition)} ${rest}`;
  const lines = commands.flatMap((command) => {
    const within = `__fish_seen_subcommand_from ${command.name}`;
    return [
      complete(
        '__fish_use_subcommand',
        `--arguments ${command.name} --description ${quoted(shortDescription(command.description))}`,
      ),
      ...command.options.map((option) =>
        complete(
          within,
          [
            `--long-option ${option.name.slice('--'.length)}`,
            ...(option.values === undefined ? [] : ['--require-parameter', offer(option.values)]),
            `--description ${quoted(shortDescription(option.description))}`,
          ].join(' '),
        ),
      ),
      ...(command.argument === undefined ? [] : [complete(within, offer(command.argument))]),
    ];
  });
  return `# Completion of ${name} for fish: npx ${name} completion fish | source
complete --command ${name} --no-files
${lines.join('\n')}
complete --command npx --condition 'string match --quiet ${name} -- (commandline --tokens-expanded --cut-at-cursor 2>/dev/null; or commandline --tokenize --cut-at-cursor)[2]' --no-files --arguments '(complete --do-complete (commandline --cut-at-cursor --current-process | string replace --regex "^\\\\s*npx\\\\s+" ""))'
`;
};
