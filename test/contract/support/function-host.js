/** Runs one bundled handler in a process of its own, as Lambda does: `node function-host.js BUNDLE`, events by IPC. */
const { handler } = require(process.argv[2]);

process.on('message', ({ event }) => {
  handler(event).then(
    (result) => process.send({ result }),
    ({ name, message }) => process.send({ error: `${name}: ${message}` }),
  );
});
