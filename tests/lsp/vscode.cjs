// Runs the extension for VS Code outside of it: prints what it would start for the folder that is named, as JSON.
"use strict";

const Module = require("node:module");
const [extension, folder, named] = process.argv.slice(2);
const shown = [];

class LanguageClient {
  constructor(id, name, server, client) {
    shown.push({ id, server, client });
  }
  async start() {}
  async stop() {}
}

const vscode = {
  workspace: {
    workspaceFolders: [{ uri: { scheme: "file", fsPath: folder } }],
    getConfiguration: () => ({ get: () => (named ? JSON.parse(named) : null) }),
  },
  window: { showErrorMessage: (text) => shown.push(text) },
};

const load = Module._load;
Module._load = (name, ...rest) =>
  name === "vscode" ? vscode : name === "vscode-languageclient/node" ? { LanguageClient } : load(name, ...rest);

const { activate, deactivate } = require(extension);
activate()
  .then(deactivate)
  .then(() => console.log(JSON.stringify(shown)));
