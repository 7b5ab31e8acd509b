/**
 * The tiers of the tests: a file's suffix says which one it is in. What each is and needs: docs/decisions/0019-test-tiers.md.
 * `onMachine`: it needs this machine's root and programs.
 */
const inTests = (pattern) => [`<rootDir>/test/**/${pattern}`, `<rootDir>/packages/*/test/**/${pattern}`];
/** A few seconds each. The rest of `*.host.test.ts` installs, bundles or scans. */
const SCRIPTS = ['/test/node/(?!bootstrap/|etcd/)', '/test/runbooks/', '/test/githooks/', '/test/hostile/'];

const TIERS = {
  unit: {
    what: 'functions and modules',
    needs: 'Node alone: no synthesis, no other program',
    match: inTests('*.test.ts'),
    ignore: ['\\.(template|loop|simulation|host|vm)\\.test\\.ts$'],
  },
  template: {
    what: 'what is synthesized and bundled',
    needs: 'Node',
    match: inTests('*.template.test.ts'),
  },
  scripts: {
    what: 'what runs on a node, on real filesystems',
    needs: 'Linux, root, loop devices, and the programs of npm run setup:test',
    onMachine: true,
    match: inTests('*.host.test.ts'),
    ignore: [`^(?!.*(?:${SCRIPTS.join('|')}))`],
    options: ['--runInBand'],
  },
  loop: {
    what: 'whole healings by the local AWS, against a model of a node',
    needs: 'Node and python3',
    match: inTests('*.loop.test.ts'),
  },
  simulation: {
    what: 'a thousand seeds of a fleet, and a crash at every place',
    needs: 'Node and python3',
    match: inTests('*.simulation.test.ts'),
  },
  host: {
    what: 'installers, scanners, linters, moto, the CDK’s command',
    needs: 'Linux, root, and the programs of npm run setup:test',
    onMachine: true,
    match: inTests('*.host.test.ts'),
    ignore: SCRIPTS,
    options: ['--runInBand'],
  },
  vm: {
    what: 'every drill, and what needs a machine of its own',
    needs: 'Linux, root, QEMU, 8 GiB of memory, and the programs of npm run setup:test',
    onMachine: true,
    match: inTests('*.vm.test.ts'),
    options: ['--maxWorkers', '2', '--testSequencer', './test/longest-first.js'],
  },
};

module.exports = { TIERS };
