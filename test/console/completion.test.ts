import { spawnSync } from 'node:child_process';
import { KNOWN_VALUES } from '../../bin/completion-command';
import { bashCompletion } from '../../lib/console/completion/bash';
import { shortDescription } from '../../lib/console/completion/model';
import { keptScript, program } from './completion';

const script = keptScript(bashCompletion);

/** What bash offers for the last word. `=` is a word of its own there (COMP_WORDBREAKS). */
const offered = (...words: string[]): string[] => {
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      ...['--noprofile', '--norc', '-c'],
      `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      read -r _ _ function _ <<<"$(complete -p "$1" | sed 's/-o default //')"
      "$function"; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ...[script, ...words],
    ],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
};

describe('bash', () => {
  it.each([
    ['commands', ['headroom', 'st'], ['status']],
    ['options of the command', ['headroom', 'status', '--e'], ['--env']],
    ['environments', ['headroom', 'status', '--env', ''], ['dev', 'prod', 'staging']],
    ['environments after an equals sign', ['headroom', 'status', '--env', '=', 'pr'], ['prod']],
    [
      'environments right after the equals sign',
      ['headroom', 'status', '--env', '='],
      ['dev', 'prod', 'staging'],
    ],
    ['scenarios', ['headroom', 'drill', '--scenario', 'disk-full-x'], ['disk-full-xfs']],
    ['runbooks', ['headroom', 'run', '--yes', 'Drain'], ['DrainNode']],
    ['runbooks after an option with a value', ['headroom', 'run', '--env', 'prod', 'Drain'], ['DrainNode']],
    ['no second argument', ['headroom', 'run', 'DrainNode', 'Drain'], []],
    ['choices', ['headroom', 'audit', '--fail-on', ''], ['error', 'warning', 'note', 'never']],
    ['formats', ['headroom', 'audit', '--format', 'sa'], ['sarif']],
    ['rules', ['headroom', 'audit', '--explain', 'growth-cap-m'], ['growth-cap-missing']],
    ['files', ['headroom', 'audit', '/etc/hostnam'], ['/etc/hostname']],
    ['directories', ['headroom', 'drill', '--report', '/et'], ['/etc']],
    ['nothing where only the caller knows', ['headroom', 'pause', '--why', ''], []],
    [
      'options after a value that looks like a command',
      ['headroom', 'pause', '--why', 'run', '--un'],
      ['--until'],
    ],
    ['npx headroom', ['npx', 'headroom', 'resu'], ['resume']],
    ['no other program of npx', ['npx', 'cdk', 'resu'], []],
    ['shells', ['headroom', 'completion', ''], ['bash', 'zsh', 'fish']],
  ])('offers %s', (_, words, expected) => expect(offered(...words)).toEqual(expected));

  it('offers every option of every command', () => {
    for (const { name, options } of program().commands)
      expect(offered('headroom', name, '--')).toEqual(options.map((option) => option.name));
  });
});

describe('what is completed', () => {
  it('has --json and --help in every command', () => {
    for (const { options } of program().commands)
      expect(options.map(({ name }) => name)).toEqual(expect.arrayContaining(['--json', '--help']));
  });

  it('is an option or an argument of some command', () => {
    const cli = program();
    const words = cli.commands.flatMap(({ options, argument }) =>
      [...options.map(({ values }) => values), argument].flatMap((values) =>
        values?.kind === 'words' ? [values.words.join()] : [],
      ),
    );
    for (const known of Object.values(KNOWN_VALUES)) expect(words).toContain(known().join());
  });

  it.each([
    ['End a pause before its time.', 'End a pause before its time'],
    ['of 127.0.0.1; 0: a free one', 'of 127.0.0.1'],
    ['where it goes (default: here)', 'where it goes'],
  ])('describes %j as %j', (text, short) => expect(shortDescription(text)).toBe(short));
});
