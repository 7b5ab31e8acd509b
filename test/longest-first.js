const Sequencer = require('@jest/test-sequencer').default;

/** The drills take longer than all other VM tests together, so they begin first; Jest orders files by their size. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (path.endsWith('drill.vm.test.ts') ? 0 : 1);
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
