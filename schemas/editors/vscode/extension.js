// Starts `codemation lsp`, and hands it codemation.toml and env files. All that is shown comes from there.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const NAMES = ["codemation.toml", ".env", ".env.*"];

let client;

// The command of the settings, that of a folder's virtual environment, or the one in the PATH.
function commandLine() {
  const named = vscode.workspace.getConfiguration("codemation").get("command");
  if (Array.isArray(named) && named.length > 0) {
    return named;
  }
  const program = process.platform === "win32" ? ["Scripts", "codemation.exe"] : ["bin", "codemation"];
  const candidates = (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === "file")
    .map((folder) => path.join(folder.uri.fsPath, ".venv", ...program));
  return [candidates.find((file) => fs.existsSync(file)) ?? "codemation", "lsp"];
}

async function activate() {
  const [command, ...args] = commandLine();
  const documentSelector = NAMES.map((name) => ({ scheme: "file", pattern: `**/${name}` }));
  client = new LanguageClient("codemation", "codemation", { command, args }, { documentSelector });
  try {
    await client.start();
  } catch {
    const advice = "Install it with: pip install 'codemation[lsp]', or name it in codemation.command.";
    vscode.window.showErrorMessage(`\`${[command, ...args].join(" ")}\` does not start. ${advice}`);
  }
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
