"""The editors' settings name what there is; and a real Neovim shows what the server says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codemation._version import __version__
from codemation.lsp.options import Options, read_options
from codemation.text.wording import camel_case
from tests.cli.running import base_environment
from tests.lsp.editor import project

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "schemas/editors/vscode"
GUIDE = (ROOT / "schemas/EDITORS.md").read_text(encoding="utf-8")
SETTINGS = {camel_case(name) for name in Options.__struct_fields__}
NVIM = shutil.which("nvim")

TOML = '# 😀\n[app.database]\nkind = "sqlite"\n'
URL = "DATABASE_URL=postgresql://app:s3cret@db.example.com/app\n"


def test_the_extension_has_the_settings_of_the_server_and_its_version() -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    properties = manifest["contributes"]["configuration"]["properties"]
    assert set(properties) == {f"codemation.{name}" for name in {*SETTINGS, "command"}}
    defaults = {name.removeprefix("codemation."): one["default"] for name, one in properties.items()}
    assert read_options(defaults) == Options()
    assert manifest["version"] == __version__
    assert f"codemation-{__version__}.vsix" in GUIDE


@pytest.mark.parametrize("which", ["named", "of the folder", "in the path"])
def test_the_extension_starts_the_server(tmp_path: Path, which: str) -> None:
    named = '["/opt/codemation", "lsp"]' if which == "named" else ""
    own = tmp_path / ".venv/bin/codemation"
    if which == "of the folder":
        own.parent.mkdir(parents=True)
        own.touch()
    node = Path(sys.executable).with_name("node")
    script = Path(__file__).with_name("vscode.cjs")
    ran = subprocess.run(
        [node, script, EXTENSION / "extension.js", tmp_path, named], capture_output=True, text=True, check=True
    )
    (started,) = json.loads(ran.stdout)
    command = {"named": "/opt/codemation", "of the folder": str(own), "in the path": "codemation"}[which]
    assert started["server"] == {"command": command, "args": ["lsp"]}
    patterns = [one["pattern"] for one in started["client"]["documentSelector"]]
    assert patterns == ["**/codemation.toml", "**/.env", "**/.env.*"]


def test_the_guide_names_every_setting() -> None:
    _, _, section = GUIDE.partition("## The language server\n")
    assert all(f"- `{name}`: " in section for name in SETTINGS)
    for editor in ("VS Code", "Neovim", "Helix", "Zed", "JetBrains"):
        assert f"### The language server in {editor}\n" in section


# Neovim from 0.7 on: what the guide shows is newer.
LUA = """
local folder, command = vim.env.CODEMATION_TEST_FOLDER, vim.json.decode(vim.env.CODEMATION_TEST_COMMAND)
vim.cmd("edit " .. folder .. "/codemation.toml")
vim.api.nvim_buf_set_lines(0, 0, -1, false, { "# 😀", "[app.database]", 'kind = "sqlite"' })
local id = vim.lsp.start_client({ name = "codemation", cmd = command, root_dir = folder })
vim.lsp.buf_attach_client(0, id)
local seen = vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 20)
local function ask(method)
  local place = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = 2, character = 2 } }
  local answers = vim.lsp.buf_request_sync(0, method, place, 20000)
  return answers and answers[id] and (answers[id].result or answers[id].error)
end
local found = {}
for _, one in ipairs(vim.diagnostic.get(0)) do
  table.insert(found, { one.lnum, one.col, one.end_col, one.message })
end
local told = { seen = seen, found = found, hover = ask("textDocument/hover"), leads = ask("textDocument/definition") }
io.stdout:write(vim.json.encode(told))
vim.cmd("qall!")
"""


@pytest.mark.skipif(NVIM is None, reason="there is no nvim on the PATH")
def test_a_real_neovim_shows_it(tmp_path: Path) -> None:
    _, env = project(tmp_path / "project", "", URL)
    script = tmp_path / "drive.lua"
    script.write_text(LUA, encoding="utf-8")
    told = driven(script, tmp_path)
    ((line, start, end, message),) = told["found"]
    assert (line, start, end) == (2, 7, 15)
    assert message.startswith("`DATABASE_URL` is set, so the database is postgresql")
    assert "because `DATABASE_URL` is set (.env:1)" in told["hover"]["contents"]["value"]
    assert [one["uri"] for one in told["leads"]] == [env]
    assert (tmp_path / "project/codemation.toml").read_text(encoding="utf-8") == ""


def driven(script: Path, folder: Path) -> dict[str, Any]:
    """What a Neovim without anybody's settings tells after a script."""
    command = [sys.executable, "-m", "codemation", "lsp"]
    variables = {
        "CODEMATION_TEST_FOLDER": str(folder / "project"),
        "CODEMATION_TEST_COMMAND": json.dumps(command),
        **{f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    ran = subprocess.run(
        [str(NVIM), "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {script}"],
        capture_output=True,
        check=True,
        timeout=60,
        env={**base_environment(**variables), "PATH": os.environ["PATH"]},
    )
    told: dict[str, Any] = json.loads(ran.stdout)
    return told
