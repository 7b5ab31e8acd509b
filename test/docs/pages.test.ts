import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { runbooks } from '../../lib/console/runbooks';
import { VERDICTS } from '../../lib/domain/outcome/verdict';
import { DEFAULT_DISK_LEVELS } from '../../lib/domain/plan/disk-policy';
import { PAGES, ROOT, anchorsOf, textOf, withoutCode } from './pages';

/** A page with what was found there, for a message that says where to look. */
const findings = (pattern: RegExp, isWrong: (match: string, page: string) => boolean): string[] =>
  PAGES.flatMap((page) =>
    [...textOf(page).matchAll(pattern)].flatMap(([, match = '']) =>
      isWrong(match, page) ? [`${page}: ${match}`] : [],
    ),
  );

test('finds the pages', () => {
  expect(PAGES).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/runbook.md', 'docs/audit/README.md']),
  );
  expect(PAGES.length).toBeGreaterThan(60);
});

test('every link within the repository leads to a file, and its anchor to a heading', () => {
  const broken = PAGES.flatMap((page) =>
    [...withoutCode(textOf(page)).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].flatMap(([, link = '']) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, target))) return [`${page}: ${link} (no such file)`];
      if (anchor === undefined || anchorsOf(textOf(target)).includes(anchor)) return [];
      return [`${page}: ${link} (no such heading)`];
    }),
  );
  expect(broken).toEqual([]);
});

const SOURCES = ['bin', 'lambda', 'lib', '.github'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|tsx|sh|py|ya?ml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1)),
);

test('every page and heading that the code sends a reader to is there', () => {
  const named = SOURCES.flatMap((file) =>
    [...textOf(file).matchAll(/docs\/[\w/-]+\.md(?:#[a-z][\w-]*)?/g)].map(([link]) => [file, link] as const),
  );
  expect(named.length).toBeGreaterThan(10);
  const broken = named.filter(([, link]) => {
    const [page = '', anchor] = link.split('#');
    return (
      !existsSync(join(ROOT, page)) || (anchor !== undefined && !anchorsOf(textOf(page)).includes(anchor))
    );
  });
  expect(broken).toEqual([]);
});

/** In examples: files that a reader makes. */
const READERS_FILES = [
  'environments/qa.yaml',
  'environments/kops.yaml',
  'environments/kubeadm.yaml',
  'environments/eks.yaml',
];
/** Not of another project at a version, as in `cloud-utils@0.33 bin/growpart`. */
const PATH =
  /(?<![\w./@-])(?<!@\S+ )((?:\.github|\.githooks|bench|bin|docs|environments|lambda|lib|packages|test)\/[\w./-]*\w\/?)/g;

test('every path of the repository that a page names is there', () => {
  const missing = findings(
    PATH,
    (path) =>
      !/\b(?:ENV|NAME|ID)\b/.test(path) && !READERS_FILES.includes(path) && !existsSync(join(ROOT, path)),
  );
  expect(missing).toEqual([]);
});

test('every npm script that a page names is in package.json', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Readonly<Record<string, string>> };
  expect(findings(/npm run (?:--silent )?([\w:-]+)/g, (name) => !(name in scripts))).toEqual([]);
});

test('every scenario that a page names ships with Headroom', () => {
  const names = readdirSync(join(ROOT, 'lib/drill/scenarios')).map((file) => file.replace('.yaml', ''));
  expect(
    findings(/--scenario ([\w-]+)\b(?!\/)/g, (name) => name !== 'NAME' && !names.includes(name)),
  ).toEqual([]);
});

test('every command of `headroom` that a page names exists', () => {
  const sources = readdirSync(join(ROOT, 'bin'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => textOf(join('bin', file)))
    .join('\n');
  const commands = [...sources.matchAll(/\.command\('([\w-]+)/g)].map(([, name = '']) => name);
  expect(commands).toEqual(expect.arrayContaining(['status', 'audit', 'drill']));
  expect(findings(/npx headroom ([a-z][\w-]*)/g, (name) => !commands.includes(name))).toEqual([]);
});

test('every runbook that a page starts with `headroom run` is one', () => {
  const names = runbooks().map(({ base }) => base as string);
  expect(findings(/headroom run ([A-Z]\w+)/g, (name) => !names.includes(name))).toEqual([]);
});

test('docs/README.md lists every page of docs/ once, and every folder', () => {
  const listed = [...textOf('docs/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page = '']) => page);
  const pages = readdirSync(join(ROOT, 'docs')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  expect(listed.sort()).toEqual(pages.sort());
  for (const folder of ['audit/', 'decisions/'])
    expect(textOf('docs/README.md')).toContain(`[${folder}](${folder}`);
});

test('docs/decisions/README.md lists every decision, in order', () => {
  const listed = [...textOf('docs/decisions/README.md').matchAll(/^\| \[\d{4}\]\(([\w-]+\.md)\)/gm)];
  const pages = readdirSync(join(ROOT, 'docs/decisions')).filter((name) => name !== 'README.md');
  expect(listed.map(([, page]) => page)).toEqual(pages.sort());
});

test('docs/architecture.md lists every room of lib/, and packages', () => {
  const rooms = [...textOf('docs/architecture.md').matchAll(/^\| `([\w/-]+\/)` /gm)].map(
    ([, room = '']) => room,
  );
  const folders = ['lib', 'packages'].flatMap((parent) =>
    existsSync(join(ROOT, parent))
      ? readdirSync(join(ROOT, parent), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => `${parent}/${name}/`)
      : [],
  );
  expect(rooms.filter((room) => /^(lib|packages)\//.test(room)).sort()).toEqual(folders.sort());
});

test('the glossary is in the order of the alphabet, with each word once', () => {
  const words = [...textOf('docs/glossary.md').matchAll(/^\| ([^|]+?) +\|/gm)]
    .map(([, word = '']) => word)
    .slice(2);
  expect(words.length).toBeGreaterThan(20);
  expect(words).toEqual([...new Set(words)].sort((a, b) => a.localeCompare(b, 'en')));
});

test.each(['README.md', 'README.ja.md'])('%s names the default levels of the alarms', (page) => {
  const { warningPercent, criticalPercent, emergencyPercent } = DEFAULT_DISK_LEVELS;
  expect(textOf(page)).toContain(`${warningPercent} / ${criticalPercent} / ${emergencyPercent} %`);
});

test.each(['README.md', 'README.ja.md', 'docs/runbook.md'])('%s names every verdict', (page) => {
  const text = textOf(page);
  expect(
    VERDICTS.filter((verdict) => !text.includes(`_${verdict}_`) && !text.includes(`\`${verdict}\``)),
  ).toEqual([]);
});

test('the README fits on a few screens', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(150);
});

describe('CONTRIBUTING.md', () => {
  const sections = new Map(
    textOf('CONTRIBUTING.md')
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section]),
  );

  test.each(['an audit rule', 'an alarm', 'a runbook', 'a scenario', 'a key of the environment file'])(
    'says in about ten lines how to add %s',
    (what) => {
      const lines = (sections.get(`Add ${what}`) ?? '').trim().split('\n');
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.length).toBeLessThanOrEqual(13);
    },
  );

  test('shows how to run one file, one scenario and one rule', () => {
    const section = sections.get('Run one thing') ?? '';
    for (const command of ['npx jest --testPathPatterns ', '--scenario ', 'audit --explain '])
      expect(section).toContain(command);
  });

  test('names test patterns that match a file', () => {
    const patterns = [...textOf('CONTRIBUTING.md').matchAll(/--testPathPatterns ([\w./-]+)/g)];
    expect(patterns.length).toBeGreaterThan(2);
    const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).map((file) =>
      join('test', file),
    );
    for (const [, pattern = ''] of patterns)
      expect([pattern, files.some((file) => file.includes(pattern))]).toEqual([pattern, true]);
  });

  test('names rules that exist', () => {
    const rules = [...textOf('CONTRIBUTING.md').matchAll(/--explain ([\w-]+)/g)];
    for (const [, id = ''] of rules)
      expect([id, existsSync(join(ROOT, 'lib/audit/rules', `${id}.ts`))]).toEqual([id, true]);
  });
});

describe('CHANGELOG.md', () => {
  const headings = [...textOf('CHANGELOG.md').matchAll(/^(##+) (.+)$/gm)];

  test('begins with what is unreleased', () => expect(headings[0]?.slice(1)).toEqual(['##', '[Unreleased]']));

  test('has versions, each dated, and the kinds of change of Keep a Changelog', () => {
    for (const [, level, title] of headings.slice(1))
      expect(title).toMatch(
        level === '##'
          ? /^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/
          : /^(Added|Changed|Deprecated|Removed|Fixed|Security)$/,
      );
  });
});
