#!/usr/bin/env node
const Module = require('node:module');
const { compiled } = require('./compile');

void compiled().then(({ file, code }) => {
  const cli = new Module(file, module);
  cli.filename = file;
  cli.paths = Module._nodeModulePaths(__dirname);
  cli._compile(code, file);
});
