"""What is secret beside the database: canaries in MCP servers, headers and providers, and every output."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import codemation
from tests.test_secrets import CANARY, Given, assert_none, run, toml

SERVER = """\
id = "search"
displayName = "Search"
description = "Searches."
transport = "http"
"""

WEB = {
    "password": f"https://app:{CANARY}@mcp.example.com/v1",
    "token": f"https://{CANARY}@mcp.example.com/v1",
    "token and nothing": f"https://{CANARY}:@mcp.example.com/v1",
    "parameter": f"https://mcp.example.com/v1?api_key={CANARY}&x=y",
    "token parameter": f"https://mcp.example.com/v1?token={CANARY}",
    "fragment": f"https://mcp.example.com/v1#access_token={CANARY}",
    "slash in it": f"https://app:p/{CANARY}@mcp.example.com/v1",
    "at in it": f"https://app:p@{CANARY}@mcp.example.com/v1",
    "scheme": f"wss://app:{CANARY}@mcp.example.com/v1",
    "no scheme": f"app:{CANARY}@mcp.example.com/v1",
    "masked and more": f"https://***:***@mcp.example.com/v1?token={CANARY}",
}

FEW = ("password", "scheme", "no scheme")
"""The URLs that are tried in all places; the others only where a URL belongs."""

HEADERS = {
    "authorization": ("Authorization", f"Bearer {CANARY}"),
    "api key": ("X-Api-Key", CANARY),
    "anything": ("X-Client", CANARY),
    "quoted name": ("x client", CANARY),
    "name of a setting": ("kind", CANARY),
    "line break": ("X-Client", f"a\n{CANARY}"),
    "blank before it": ("X-Client", f" {CANARY}"),
}


def servers() -> dict[str, Given]:
    """Every place and way in which a server can be written down."""
    given = {}
    for name, url in WEB.items():
        value = toml(url)
        given[f"url, {name}"] = Given(f"[[mcpServers]]\n{SERVER}url = {value} # {url}\n")
        given[f"runtime url, {name}"] = Given(f"[[runtime.mcpServers]]\n{SERVER}url = {value}\n")
        if name not in FEW:
            continue
        given[f"misspelt, {name}"] = Given(f"[[mcpServers]]\n{SERVER}URL = {value}\nuri = {value}\n")
        given[f"in a text, {name}"] = Given(f"[[mcpServers]]\nurl = 5\nid = {value}\ndisplayName = {value}\n")
        given[f"twice, {name}"] = Given(f"[[mcpServers]]\nid = {value}\n[[mcpServers]]\nid = {value}\n")
        inline = "{ " + ", ".join([*SERVER.splitlines(), f"url = {value}"]) + " }"
        given[f"inline, {name}"] = Given(f"mcpServers = [{inline}, {inline}, {value}]\n")
        given[f"override, {name}"] = Given(overrides=(f"mcpServers=[{inline}, {inline}]",))
        given[f"override of a text, {name}"] = Given(overrides=(f"mcpServers={url}",))
        given[f"issuer, {name}"] = Given(f"[[app.auth.oidc]]\nid = 'a'\nissuer = {value}\n")
        given[f"log, {name}"] = Given(f"[app.log]\nfilter = {value}\nlevel = {value}\n")
        given[f"folders, {name}"] = Given(f"[workflowDiscovery]\ndirectories = [{value}, {value}]\n")
        given[f"logo, {name}"] = Given(f"[app.whitelabel]\nlogoPath = {value}\nproductName = {value}\n")
    for name, (header, text) in HEADERS.items():
        pair = f"{toml(header)} = {toml(text)}"
        head = f"[[mcpServers]]\n{SERVER}url = 'https://mcp.example.com'\n"
        given[f"header, {name}"] = Given(f"{head}[mcpServers.staticHeaders]\n{pair} # {text!r}\n")
        given[f"header inline, {name}"] = Given(f"{head}staticHeaders = {{ {pair}, X-Bad = 5 }}\n")
        given[f"header dotted, {name}"] = Given(f"{head}staticHeaders.{pair}\nstaticHeaders.X-Bad = []\n")
        given[f"misspelt headers, {name}"] = Given(f"{head}[mcpServers.static_headers]\n{pair}\n")
        given[f"header shadowed, {name}"] = Given(
            f"{head}staticHeaders = {{ {pair} }}\n[[runtime.mcpServers]]\n{SERVER}url = 'https://other.example.com'\n"
        )
        given[f"header in a broken file, {name}"] = Given(f"{head}[mcpServers.staticHeaders]\n{pair}\nx = \n{pair} ]\n")
        given[f"header as a list, {name}"] = Given(f"{head}staticHeaders = [{toml(f'{header}: {text}')}]\n")
        inline = (
            "{ "
            + ", ".join([*SERVER.splitlines(), "url = 'https://h.example.com'"])
            + f", staticHeaders = {{{pair}}} }}"
        )
        given[f"header override, {name}"] = Given(overrides=(f"mcpServers=[{inline}]",))
        given[f"header bad override, {name}"] = Given(overrides=(f"mcpServers=[{inline}, 5]",))
    return given


SERVERS = servers()

PROVIDERS = {
    "client secret for its name": Given(
        f"[[app.auth.oauth]]\nprovider = 'github'\nclientIdEnv = 'A'\nclientSecretEnv = 'ghp-{CANARY}'\n"
    ),
    "misspelt client secret": Given(
        f"[[app.auth.oauth]]\nprovider = 'github'\nclientIdEnv = 'A'\nclientSecret = '{CANARY}'\n"
    ),
    "the variables themselves": Given(
        "[[app.auth.oauth]]\nprovider = 'github'\nclientIdEnv = 'GH_ID'\nclientSecretEnv = 'GH_SECRET'\n",
        environment={"NODE_ENV": "production", "AUTH_SECRET": CANARY, "GH_ID": CANARY, "GH_SECRET": CANARY},
    ),
    "in an env file": Given(dotenv=f"NODE_ENV=production\nAUTH_SECRET='{CANARY}'\n"),
    "in a broken env file": Given(dotenv=f"NODE_ENV=production\nAUTH_SECRET {CANARY}\n"),
}


@pytest.mark.parametrize("given", [*SERVERS.values(), *PROVIDERS.values()], ids=[*SERVERS, *PROVIDERS])
def test_no_secret_of_the_surface_shows(given: Given, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_none(given, tmp_path, caplog)


@pytest.mark.parametrize("name", ["password", "token", "token and nothing", "parameter", "fragment"])
def test_masked_output_is_no_input_and_the_plain_one_is(name: str, tmp_path: Path) -> None:
    headers = f'[mcpServers.staticHeaders]\nX-Client = "{CANARY}"\n'
    (tmp_path / "codemation.toml").write_text(f"[[mcpServers]]\n{SERVER}url = '{WEB[name]}'\n{headers}")
    masked, shown = (run(tmp_path, "compile", *more, environment={}) for more in ((), ("--show-secrets",)))
    form = masked[masked.index("[runtime") :]
    (tmp_path / "codemation.toml").write_text(form.partition("\nwarning")[0])
    found = codemation.compile(tmp_path, env={}).diagnostics
    assert [(one.code, one.key) for one in found] == [
        ("CM105", "runtime.mcpServers[0].url"),
        ("CM105", "runtime.mcpServers[0].staticHeaders.X-Client"),
    ]
    assert CANARY in shown
    plain = shown[shown.index("[runtime") :].partition("\nwarning")[0]
    (tmp_path / "codemation.toml").write_text(plain)
    servers = codemation.load(tmp_path, env={}).mcp_servers
    assert servers is not None
    assert (servers[0].url, servers[0].static_headers) == (WEB[name], {"X-Client": CANARY})
    assert CANARY not in repr(servers)
    assert "'X-Client': '***'" in repr(servers)


def test_the_headers_are_masked_in_every_form(tmp_path: Path) -> None:
    (tmp_path / "codemation.toml").write_text(
        f"[[mcpServers]]\n{SERVER}url = 'https://mcp.example.com'\nstaticHeaders = {{ X-Client = '{CANARY}' }}\n"
    )
    for how, read in (("toml", tomllib.loads), ("json", json.loads)):
        text = run(tmp_path, "compile", "--format", how, environment={})
        assert read(text)["runtime"]["mcpServers"][0]["staticHeaders"] == {"X-Client": "***"}
        text = run(tmp_path, "compile", "--format", how, "--show-secrets", environment={})
        assert read(text)["runtime"]["mcpServers"][0]["staticHeaders"] == {"X-Client": CANARY}
    text = run(tmp_path, "compile", "--explain", "mcpServers", environment={})
    assert 'staticHeaders = { X-Client = "***" }' in " ".join(text.split())
