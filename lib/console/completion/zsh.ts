import { quoted, shortDescription, type CompletedProgram, type Values } from './model';

const offer = (values: Values): string => {
  switch (values.kind) {
    case 'words':
      return `compadd -- ${values.words.map(quoted).join(' ')}`;
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'unknown':
      return '_message value';
  }
};

/** `_describe` splits at the first colon that no backslash precedes. */
const described = ({ name, description }: { name: string; description: string }): string =>
  quoted(`${name}:${shortDescription(description).replaceAll(':', '\\:')}`);

/**
 * To be sourced after `compinit`. `npx headroom` is completed too, unless `npx` has a completion already.
 * https://zsh.sourceforge.io/Doc/Release/Completion-System.html
 */
export const zshCompletion = ({ name, commands }: CompletedProgram): string =>
  `# Completion of ${name} for zsh: source <(npx ${name} completion zsh), after compinit
_headroom() {
  local -i start=\${1:-2} i arguments=0
  local command='' option='' word
  local -a offered
  for ((i = start; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      case "$command $word" in
        (${commands
          .flatMap((command) =>
            command.options.flatMap((each) =>
              each.values === undefined ? [] : quoted(`${command.name} ${each.name}`),
            ),
          )
          .join('|')}) option=$word ;;
      esac
    elif [[ -z $command ]]; then
      command=$word
    else
      ((arguments += 1))
    fi
  done
  if [[ -z $option && $words[CURRENT] == --*=* ]]; then
    option=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  if [[ -n $option ]]; then
    case "$command $option" in
${commands
  .flatMap((command) =>
    command.options.flatMap((each) =>
      each.values === undefined
        ? []
        : [`      (${quoted(`${command.name} ${each.name}`)}) ${offer(each.values)} ;;`],
    ),
  )
  .join('\n')}
    esac
  elif [[ -z $command ]]; then
    offered=(${commands.map(described).join(' ')})
    _describe command offered
  elif [[ $words[CURRENT] == -* ]]; then
    case $command in
${commands
  .map((command) => `      (${command.name}) offered=(${command.options.map(described).join(' ')}) ;;`)
  .join('\n')}
    esac
    _describe -o option offered
  elif ((arguments == 0)); then
    case $command in
${commands
  .flatMap((command) =>
    command.argument === undefined ? [] : [`      (${command.name}) ${offer(command.argument)} ;;`],
  )
  .join('\n')}
    esac
  fi
}

_headroom_npx() {
  if [[ $words[2] == ${name} ]]; then _headroom 3; else _files; fi
}

compdef _headroom ${name}
[[ -n \${_comps[npx]} ]] || compdef _headroom_npx npx
`;
