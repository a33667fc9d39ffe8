// Preload for the Node process that jsii starts (see provider.py): makes `@cdktf/provider-aws` load one resource at a time.
//
// The package's lib/index.js requires one file per resource and data source, more than two thousand of them, of which a stack
// uses about forty. Each line `exports.name = require("./name");` of that one file becomes a getter that requires on first use.
// Lines of any other shape stay as they are, so another layout is loaded as it was written: slower, never wrong.
"use strict";

// Notes about old functions inside of CDKTF, on stderr: nothing that a user of this project can act on.
process.noDeprecation = true;

const Module = require("node:module");
const path = require("node:path");

const INDEX = path.join("@cdktf", "provider-aws", "lib", "index.js");
const EAGER_LINE = /^exports\.(\w+) = require\(("\.\/[^"]+")\);$/gm;
const LAZY_LINE = 'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get: () => require($2) });';

const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...rest) {
  const source = filename.endsWith(path.sep + INDEX) ? content.replace(EAGER_LINE, LAZY_LINE) : content;
  return compile.call(this, source, filename, ...rest);
};
