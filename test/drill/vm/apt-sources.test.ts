import { findMirror, parseDeb822Sources, parseOneLineSources } from '../../../lib/drill/vm/apt-sources';
import { parseOsRelease, recipeFor } from '../../../lib/drill/vm/distribution';
import { isGoNewEnough } from '../../../lib/drill/vm/go-toolchain';

describe('one-line sources', () => {
  test('options, comments and source packages', () => {
    const text = [
      '# deb http://commented.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://one.example/debian bookworm main contrib # why',
      'deb-src http://one.example/debian bookworm main',
      'deb cdrom:[Debian 12]/ bookworm main',
      'deb http://flat.example/repo ./',
    ].join('\n');
    expect(parseOneLineSources(text)).toEqual([
      { uri: 'http://one.example/debian', suite: 'bookworm', components: ['main', 'contrib'] },
      { uri: 'cdrom:[Debian 12]/', suite: 'bookworm', components: ['main'] },
      { uri: 'http://flat.example/repo', suite: './', components: [] },
    ]);
  });
});

describe('deb822 sources', () => {
  test('several suites and URIs, continuation lines, disabled and source-only stanzas', () => {
    const text = `# head
Types: deb deb-src
URIs: http://one.example/ubuntu/
Suites: noble noble-updates
Components: main
 universe
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 URIs: http://not-a-field.example

Types: deb
# URIs: http://comment.example
URIs: https://two.example/ubuntu
Suites: noble-security
Components: main

Enabled: no
Types: deb
URIs: http://disabled.example
Suites: noble
Components: main

Types: deb-src
URIs: http://source.example
Suites: noble
Components: main
`;
    const sources = parseDeb822Sources(text);
    expect(sources.map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://one.example/ubuntu/ noble',
      'http://one.example/ubuntu/ noble-updates',
      'https://two.example/ubuntu noble-security',
    ]);
    expect(sources[0]?.components).toEqual(['main', 'universe']);
  });
});

describe('the mirror', () => {
  const source = (uri: string, suite: string, components = ['main']) => ({ uri, suite, components });

  test('is the first http one of the suite with main', () => {
    const sources = [
      source('cdrom:[x]/', 'bookworm'),
      source('https://vendor.example', 'bookworm', ['stable']),
      source('http://updates.example', 'bookworm-updates'),
      source('https://right.example', 'bookworm'),
      source('http://second.example', 'bookworm'),
    ];
    expect(findMirror(sources, 'bookworm')).toBe('https://right.example');
  });

  test('is unknown when no source serves the suite', () => {
    expect(findMirror([source('http://a.example', 'sid')], 'bookworm')).toBeUndefined();
  });
});

describe('the recipe', () => {
  const recipe = (text: string) => recipeFor(parseOsRelease(text));

  test('is Debian 13 on every Debian', () => {
    const found = recipe(
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n',
    );
    expect(found).toMatchObject({ suite: 'trixie', components: ['main'] });
    expect(found?.packages).toContain('linux-image-cloud-amd64');
  });

  test('is the own release on Ubuntu', () => {
    const found = recipe("ID=ubuntu\nVERSION_CODENAME='noble'");
    expect(found).toMatchObject({ suite: 'noble', components: ['main', 'universe'] });
    expect(found?.packages).toContain('linux-image-virtual');
  });

  test.each(['ID=fedora\nVERSION_CODENAME=x', '', 'ID=ubuntu'])('is unknown for %j', (text) => {
    expect(recipe(text)).toBeUndefined();
  });
});

test.each([
  ['go version go1.26.1 linux/amd64', false],
  ['go version go1.26.2 linux/amd64', true],
  ['go version go1.26.10 linux/amd64', true],
  ['go version go1.9.9 linux/amd64', false],
  ['go version go1.27 linux/amd64', true],
  ['go version go1.26 linux/amd64', false],
  ['go version go2.0.0 linux/amd64', true],
  ['', false],
])('%j is new enough: %s', (version, expected) => {
  expect(isGoNewEnough(version)).toBe(expected);
});
