import { quoted, type CompletedProgram, type Values } from './model';

const OFFERS: Readonly<Record<Exclude<Values['kind'], 'words'>, string>> = {
  files: '_headroom_paths -f',
  directories: '_headroom_paths -d',
  unknown: ':',
};

const offer = (values: Values): string =>
  values.kind === 'words' ? `_headroom_words ${quoted(values.words.join(' '))}` : OFFERS[values.kind];

/** One line of a `case`; none where nothing is to be told apart. */
const line = (patterns: readonly string[], action: string): string[] =>
  patterns.length === 0 ? [] : [`    ${patterns.map(quoted).join(' | ')}) ${action} ;;`];

/**
 * For bash 3.2 (macOS) and later. `npx headroom` is completed too, unless `npx` has a completion already.
 * https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
export const bashCompletion = ({ name, commands }: CompletedProgram): string =>
  `# Completion of ${name} for bash: source <(npx ${name} completion bash)
_headroom_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

_headroom_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$current"))
}

# Completes the words from index $1 on.
_headroom_from() {
  local current=\${COMP_WORDS[COMP_CWORD]} command='' option='' word i
  local -i arguments=0
  COMPREPLY=()
  # The equals sign of --option=value is a word of its own.
  [[ $current == = ]] && current=''
  for ((i = $1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == = ]]; then
      continue
    elif [[ -n $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      _headroom_takes_value "$command $word" && option=$word
    elif [[ -z $command ]]; then
      command=$word
    else
      arguments+=1
    fi
  done
  if [[ -n $option ]]; then
    _headroom_value "$command $option"
  elif [[ -z $command ]]; then
    _headroom_words ${quoted(['--help', ...commands.map((command) => command.name)].join(' '))}
  elif [[ $current == -* ]]; then
    _headroom_options "$command"
  elif ((arguments == 0)); then
    _headroom_argument "$command"
  fi
}

_headroom_takes_value() {
  case "$1" in
${line(
  commands.flatMap((command) =>
    command.options.flatMap((option) =>
      option.values === undefined ? [] : `${command.name} ${option.name}`,
    ),
  ),
  'return 0',
).join('\n')}
  esac
  return 1
}

_headroom_value() {
  case "$1" in
${commands
  .flatMap((command) =>
    command.options.flatMap(({ name: option, values }) =>
      values === undefined ? [] : line([`${command.name} ${option}`], offer(values)),
    ),
  )
  .join('\n')}
  esac
}

_headroom_options() {
  case "$1" in
${commands
  .flatMap((command) =>
    line([command.name], offer({ kind: 'words', words: command.options.map((option) => option.name) })),
  )
  .join('\n')}
  esac
}

_headroom_argument() {
  case "$1" in
${commands
  .flatMap(({ name: command, argument }) => (argument === undefined ? [] : line([command], offer(argument))))
  .join('\n')}
  esac
}

_headroom() {
  _headroom_from 1
}

_headroom_npx() {
  [[ \${COMP_WORDS[1]} == ${name} ]] && _headroom_from 2
}

complete -F _headroom ${name}
complete -p npx >/dev/null 2>&1 || complete -o default -F _headroom_npx npx
`;
