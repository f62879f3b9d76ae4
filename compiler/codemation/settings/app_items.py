"""The tables inside of settings' values: one class for each kind of table, one attribute for each of its keys."""

from __future__ import annotations

from codemation.values import (
    Choice,
    HeaderValue,
    Item,
    Text,
    TextArray,
    TextOrArray,
    TextTable,
    Url,
    VariableName,
    field,
)


class LogRule(Item):
    """Which log lines a level goes for: the first rule whose filter matches decides."""

    filter = field(
        TextOrArray(),
        doc="A glob over the names of loggers, or an array of such. `*` matches every name.",
        examples=("*", ["engine.*", "scheduler.*"]),
    )
    level = field(
        Choice(
            {
                "debug": "everything, for the search of a fault",
                "info": "what happens",
                "warn": "what may go wrong",
                "error": "what went wrong",
                "silent": "nothing",
            }
        ),
        doc="The least severe lines that are written.",
        examples=("info",),
    )


class OAuthProvider(Item):
    """A provider that people sign in with by OAuth."""

    provider = field(
        Choice({"google": "Google", "github": "GitHub", "microsoft": "Microsoft Entra ID"}),
        doc="Which provider it is.",
        examples=("github",),
    )
    client_id_env = field(
        VariableName(),
        doc="The name of the environment variable that holds the client's id.",
        examples=("GITHUB_CLIENT_ID",),
    )
    client_secret_env = field(
        VariableName(),
        doc="The name of the environment variable that holds the client's secret.",
        examples=("GITHUB_CLIENT_SECRET",),
    )
    tenant_id_env = field(
        VariableName(),
        required=False,
        doc="The name of the environment variable that holds the tenant's id, for Microsoft.",
        examples=("MICROSOFT_TENANT_ID",),
    )


class OidcProvider(Item, unique="id"):
    """A provider that people sign in with by OpenID Connect."""

    id = field(Text(), doc="What this provider is called; no other has the same.", examples=("corporate",))
    issuer = field(
        Url("http"),
        doc="The issuer's URL, under which its discovery document stands.",
        examples=("https://login.example.com",),
    )
    client_id_env = field(
        VariableName(),
        doc="The name of the environment variable that holds the client's id.",
        examples=("OIDC_CLIENT_ID",),
    )
    client_secret_env = field(
        VariableName(),
        doc="The name of the environment variable that holds the client's secret.",
        examples=("OIDC_CLIENT_SECRET",),
    )


class McpServer(Item, unique="id"):
    """A server whose tools workflows can use, by the Model Context Protocol."""

    id = field(Text(), doc="What workflows call this server; no other has the same.", examples=("search",))
    display_name = field(Text(), doc="What people see as its name.", examples=("Search",))
    description = field(Text(), doc="What it is good for, for people.", examples=("Searches the company's documents.",))
    transport = field(Choice({"http": "streamable HTTP"}), doc="How it is spoken to.", examples=("http",))
    url = field(
        Url("http"),
        doc="Where it is. Credentials in it are secrets: prefer a credential of the host.",
        examples=("https://mcp.example.com/v1",),
    )
    accepted_credential_types = field(
        TextArray(),
        required=False,
        doc="The types of the host's credentials that it takes.",
        examples=(["oauth2"],),
    )
    required_scopes = field(
        TextArray(),
        required=False,
        doc="The scopes that a credential must have.",
        examples=(["documents.read"],),
    )
    static_headers = field(
        TextTable(HeaderValue(), "The value of this header; it is taken for a secret.", example="orders"),
        required=False,
        doc="Headers that go with every request, by name. Their values are taken for secrets and never shown.",
        examples=({"X-Client": "orders"},),
    )
    tool_description_overrides = field(
        TextTable(Text(), "What this tool is good for.", example="Searches the documents of the legal department."),
        required=False,
        doc="Descriptions of tools, by the tool's name, in place of the server's own.",
        examples=({"search": "Searches the documents of the legal department."},),
    )
