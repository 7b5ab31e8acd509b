/**
 * `npm test` and `npm run test:all`: says what each tier is and needs, refuses what cannot run here with the command that
 * can, and runs the tiers in two lanes, one a processor. The first lane's output is shown as it comes, the second's when a
 * tier of it ends. After a failure no other tier is started. Exit codes: 0 passed, 1 failed, 2 cannot run here.
 */
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { TIERS } = require('./tiers');

const ROOT = join(__dirname, '..');
/** Of a full disk, healed: the one drill of `npm test`. */
const DRILL = ['--selectProjects', 'vm', '--testPathPatterns', 'drill\\.vm', '-t', 'disk-full ends as'];
/** CPU seconds that unit tests may take, as docs/decisions/0019-test-tiers.md says. */
const UNIT_CPU_SECONDS = 120;

const PARTS = {
  setup: {
    what: 'installs what is missing of the programs below',
    needs: 'root, and the network where something is missing',
    command: ['npm', 'run', '--silent', 'setup:test'],
  },
  check: { what: 'types, lint, format', needs: 'Node', command: ['npm', 'run', '--silent', 'check'] },
  ...Object.fromEntries(
    Object.entries(TIERS).map(([name, { options = ['--maxWorkers', '100%'], ...tier }]) => [
      name,
      { ...tier, command: ['npx', 'jest', '--selectProjects', name, ...options] },
    ]),
  ),
  drill: {
    ...TIERS.vm,
    what: 'one drill, disk-full',
    command: ['npx', 'jest', ...DRILL],
    // One machine: no other drill is begun ahead.
    env: { HEADROOM_DRILL_JOBS: '1' },
  },
};

/** Phases, one after the other, of lanes side by side, of tiers one after the other. */
const QUICK = [[['setup']], [['check', 'unit', 'template'], ['scripts']]];
const PLANS = {
  quick: [...QUICK, [['drill']]],
  // The machines last, alone: two of them keep both processors busy, and a guest that waits for its turn runs into time-outs.
  all: [...QUICK, [['host'], ['loop', 'simulation']], [['vm']]],
};

const partsOf = (plan) => plan.flat(2);

/** Why a plan cannot run here, with what to type instead; undefined: it can. */
function cannotRun(kind, plan) {
  const tiers = partsOf(plan).filter((name) => PARTS[name].onMachine);
  const without = 'Without them: npm run check && npm run test:unit && npm run test:template';
  if (process.platform !== 'linux')
    return `${tiers.join(', ')} need Linux, this is ${process.platform}. ${without}`;
  if (process.getuid() === 0) return undefined;
  const command = `sudo env "PATH=$PATH" npm ${kind === 'all' ? 'run test:all' : 'test'}`;
  return `${tiers.join(', ')} need root. Type: ${command}\n${without}`;
}

/** CPU seconds of all children that have ended; undefined where the system does not tell. */
function cpuSeconds() {
  try {
    const [, fields] = readFileSync('/proc/self/stat', 'utf8').split(') ');
    const [user, system] = fields.split(' ').slice(13, 15);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return undefined;
  }
}

let cpuBefore = cpuSeconds();
let failed = false;
const rows = [];

function runTier(name, shown) {
  const { what, command, env = {} } = PARTS[name];
  const [program, ...args] = command;
  const startedAt = Date.now();
  process.stdout.write(`\n=== ${name}: ${what}\n    ${command.join(' ')}\n`);
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    });
    const printed = [];
    child.stdout?.on('data', (chunk) => printed.push(chunk));
    child.stderr?.on('data', (chunk) => printed.push(chunk));
    child.on('error', (error) => printed.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      const cpu = cpuSeconds();
      rows.push({
        tier: name,
        result: code === 0 ? 'passed' : 'FAILED',
        seconds: Math.round((Date.now() - startedAt) / 1000),
        cpuSeconds: cpu === undefined ? '' : Math.round(cpu - cpuBefore),
      });
      cpuBefore = cpu;
      failed ||= code !== 0;
      if (printed.length > 0)
        process.stdout.write(`\n=== ${name} printed:\n${Buffer.concat(printed).toString()}`);
      resolve();
    });
  });
}

async function runLane(tiers, shown) {
  for (const name of tiers) if (!failed) await runTier(name, shown);
}

async function main([kind = 'quick']) {
  const plan = PLANS[kind];
  if (plan === undefined) throw new Error(`run.js takes ${Object.keys(PLANS).join(' or ')}, got ${kind}`);
  for (const name of partsOf(plan))
    process.stdout.write(`${name.padEnd(11)}${PARTS[name].what}; needs ${PARTS[name].needs}\n`);
  const why = cannotRun(kind, plan);
  if (why !== undefined) {
    process.stderr.write(`\n${why}\n`);
    return 2;
  }
  for (const lanes of plan) await Promise.all(lanes.map((tiers, index) => runLane(tiers, index === 0)));
  console.table(rows);
  const unit = rows.find(({ tier }) => tier === 'unit');
  if (unit?.cpuSeconds > UNIT_CPU_SECONDS)
    console.warn(`unit tests took ${unit.cpuSeconds} CPU seconds, more than their ${UNIT_CPU_SECONDS}`);
  return failed ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
