// Preload for the Node process that jsii starts (see provider.py): makes `@cdktf/provider-aws` load one resource at a time,
// and leaves out three things that CDKTF does in each program and no stack here needs.
//
// The package's lib/index.js requires one file per resource and data source, more than two thousand of them, of which a stack
// uses about forty. Each line `exports.name = require("./name");` of that one file becomes a getter that requires on first use.
// CDKTF itself loads an archiver for assets, which no stack here has: it is required when it is first called. And for each
// token it notes where in Node it was made, which for a program in Python is always the same place in jsii. And where there is
// a `terraform_data` resource it runs `terraform version`, to be told that it is 1.4 or later: this project needs 1.10.
// Lines of any other shape stay as they are, so another layout is loaded as it was written: slower, never wrong.
"use strict";

// Notes about old functions inside of CDKTF, on stderr: nothing that a user of this project can act on.
process.noDeprecation = true;

const Module = require("node:module");
const path = require("node:path");

const CHANGES = [
  {
    file: path.join("@cdktf", "provider-aws", "lib", "index.js"),
    line: /^exports\.(\w+) = require\(("\.\/[^"]+")\);$/gm,
    becomes: 'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get: () => require($2) });',
  },
  {
    file: path.join("cdktf", "lib", "private", "fs.js"),
    line: /^const archiver = require\("archiver"\);$/m,
    becomes: 'const archiver = (...options) => require("archiver")(...options);',
  },
  {
    file: path.join("cdktf", "lib", "tokens", "private", "stack-trace.js"),
    line: /Error\.stackTraceLimit = Number\.MAX_SAFE_INTEGER;/,
    becomes: "Error.stackTraceLimit = 0;",
  },
  {
    file: path.join("cdktf", "lib", "terraform-data-resource.js"),
    line: /^ *this\.node\.addValidation\(new validate_terraform_version_1\.ValidateTerraformVersion\(">=1\.4", `[^`]*`\)\);$/m,
    becomes: "",
  },
];

const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...rest) {
  const change = CHANGES.find(({ file }) => filename.endsWith(path.sep + file));
  return compile.call(this, change ? content.replace(change.line, change.becomes) : content, filename, ...rest);
};
