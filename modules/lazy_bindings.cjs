// A preload for the Node process that jsii starts (see provider.py). It makes `@cdktf/provider-aws` load resources on first use,
// and omits three things that CDKTF does in each program and no stack of this project needs.
//
// - The package's lib/index.js requires one file per resource and data source, more than two thousand. A stack uses about forty.
//   Each line `exports.name = require("./name");` of that file becomes a getter that requires the file on first use.
// - CDKTF loads an archiver for assets, which no stack has. It is now required on the first call.
// - CDKTF records a stack trace for each token. For a program in Python that is always the same place in jsii.
// - With a `terraform_data` resource, CDKTF runs `terraform version` to check for 1.4 or later. This project requires 1.10.
//
// Lines of any other form are not changed, so a package with another layout loads correctly, only more slowly.
"use strict";

// Deprecation warnings about CDKTF's own code, which a user of this project cannot act on.
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
