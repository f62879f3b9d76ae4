// Runs @taplo/lsp, the server inside Even Better TOML, over standard input and output; found through NODE_PATH.
// The editor's extension talks to it through Node's own messages instead; what is sent is the same.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { fileURLToPath } = require("node:url");
const { TaploLsp } = require("@taplo/lsp");

const environment = {
  now: () => new Date(),
  cwd: () => process.cwd(),
  envVar: (name) => process.env[name],
  envVars: () => Object.entries(process.env),
  stdin: process.stdin,
  stdout: process.stderr, // standard output belongs to the protocol
  stderr: process.stderr,
  stdErrAtty: () => false,
  isAbsolute: (file) => path.isAbsolute(file),
  isWindows: () => process.platform === "win32",
  glob: () => [],
  readFile: (file) => fs.promises.readFile(file),
  writeFile: (file, content) => fs.promises.writeFile(file, content),
  urlToFilePath: (url) => fileURLToPath(url),
  findConfigFile: () => undefined,
};

// Nothing may be fetched: the tests hold that nothing needs to be.
globalThis.fetch = () => Promise.reject(new Error("offline"));

const lsp = {
  onMessage(message) {
    const body = Buffer.from(JSON.stringify(message));
    process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
    process.stdout.write(body);
  },
};

// A panic in Rust rejects a promise that nobody waits for.
process.on("unhandledRejection", (error) => {
  throw error;
});

TaploLsp.initialize(environment, lsp).then((server) => {
  let buffer = Buffer.alloc(0);
  process.stdin.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString("latin1", 0, head))[1]);
      if (buffer.length < head + 4 + length) return;
      const message = JSON.parse(buffer.toString("utf8", head + 4, head + 4 + length));
      buffer = buffer.subarray(head + 4 + length);
      if (message.method === "exit") process.exit(0);
      server.send(message);
    }
  });
  process.stdin.on("end", () => process.exit(0));
});
