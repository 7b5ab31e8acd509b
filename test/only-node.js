// Of programs there is Node alone, by the name that scripts ask for.
process.env.PATH = require('node:path').join(__dirname, '..', 'node_modules', '.bin');
