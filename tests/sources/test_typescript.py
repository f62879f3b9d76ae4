"""What is taken for certain of a program that nobody runs, and where nothing is."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from codemation.sources.typescript import Variable, literals


def said(text: str) -> dict[str, Any]:
    return {".".join(it.path): it.value for it in literals(text)}


@pytest.mark.parametrize(
    "program",
    [
        "export default {a: {b: 1}}",
        "export default {a: {b: 1}};",
        "export default ({a: {b: 1}});",
        "export default f({a: {b: 1}},);",
        "export default await host.config<Config>({a: {b: 1}});",
        "export default f({a: {b: 1}}) as Config;",
        "export default {a: {b: 1}} satisfies Config",
        "export default {a: {b: 1}} satisfies Partial<Config>;",
        "export default {a: {b: 1}}\nconst other = {a: {b: 2}}",
        "module.exports = f({a: {b: 1}});",
        "const config = {a: {b: 1}};\nexport default config;",
        "const config: Config = {a: {b: 1}};\nexport default config;",
        "const config: Record<string, {b: number}> = {a: {b: 1}};\nexport default config satisfies Config;",
        "export const host = f({a: {b: 1}});\nexport default host;",
        "const config = {a: {b: 1}} as const;\nmodule.exports = config",
        'import { config as load } from "dotenv";\nload();\nconst config = {a: {b: 1}};\nexport default config;',
        "const config = {a: {b: 1}};\nother({ config: 2 }); it.config();\nexport default config;",
        "#\nexport default {a: {b: 1}}",
        "export default {a: {b: 2}, ...rest, a: {b: 1}}",
        "export default {a: {b: 2}, a: {b: 1}}",
        "export default {a: {b: 1} as const}",
        "export default {a: {b: 1} satisfies A.B}",
        "export default {'a': {\"b\": 1 as number}}",
        "export default {a: {b: 1}, c: x, d() { return {a: {b: 2}} }, e: () => ({a: {b: 3}}), f}",
        "export default {a: {...x, b: 1, c: cond ? {b: 2} : {b: 3}, d: [{b: 4}], e: call({b: 5}, {b: 6})}}",
        "export default {a: {b: 1}} // , a: {b: 2}\r/* a: {b: 3} */",
        "export default {\r\n  a: {\r\n    b: 1,\r\n  },\r\n};\r\n",
    ],
)
def test_what_the_exported_object_says(program: str) -> None:
    assert said(program) == {"a.b": 1}


@pytest.mark.parametrize(
    "program",
    [
        # Another object, or nobody knows which.
        "const other = {a: 1}",
        "f({a: 1})",
        "({a: 1})",
        "export default config",
        "export default config; let config = {a: 1}",
        "export default config; const config = {a: 1}; config.a = 2",
        "export default config; const config = {a: 1}; change(config)",
        "export default config; const config = {a: 1}; change({config})",
        "export default config; const config = {a: 1}; change({...config})",
        "export default config; const config = {a: 1}; change([x, config as any])",
        "export default config; const config = {a: 1}; function f(x, config: any) {}",
        "export default config; { const config = {a: 1} } { const config = {a: 2} }",
        "export default config; const config = x ? {a: 1} : {a: 2}",
        "export default config; const config = {a: 1}.a",
        "export default config; const config: (x: number) => {a: 1}",
        "export default {a: 1}; module.exports = {a: 1}",
        "module.exports = {a: 1}; module.exports.a = 2",
        "module.exports = {a: 1}; exports.a = 2",
        "export default 'a'",
        "export default [{a: 1}]",
        # What is made of it elsewhere, or here.
        "export default f({a: 1}, {a: 2})",
        "export default f({a: 1})({a: 2})",
        "export default f({a: 1}).with({a: 2})",
        "export default f({a: 1}) || g({a: 2})",
        "export default f({a: 1})\n  .with({a: 2})",
        "export default x && f({a: 1})",
        "export default x ? {a: 1} : {a: 2}",
        "export default ({a: 1}, {a: 2})",
        "export default new Config({a: 1})",
        "export default typeof ({a: 1})",
        "export default f({a: 1}); function f(x) { return {...x, a: 2} }",
        "export default f({a: 1}); const f = x => g(x)",
        "export default function f({a: 1}) {}",
        "export default () => ({a: 1})",
        "export default async () => ({a: 1})",
        "export default x => ({a: 1})",
        "export default class {a: 1}",
        # What stands later may say otherwise.
        "export default {a: 1, ...rest}",
        "export default {a: 1, [key]: 2}",
        "export default {a: 1, get a() { return 2 }}",
        "export default {a: 1, set a(x) {}}",
        "export default {a: 1, async *b() {}}",
        "export default {a: 1, a}",
        "export default {a: 1, a: x}",
        "export default {a: 1, a() {}}",
        "export default {a: 1, '\\u0061': 2}",
        # No literals.
        "export default {a: 1 + 1}",
        "export default {a: 60 * 60}",
        "export default {a: x as 1}",
        "export default {a: 1 as number | string}",
        "export default {a: {b: 1}.b}",
        "export default {a: {b: 1} || c}",
        "export default {a: {b: 1} as B ?? c}",
        "export default {a: ['x'][0]}",
        "export default {a: ['x', y]}",
        "export default {a: ['x', ...y]}",
        "export default {a: ['\\x41']}",
        "export default {a: 1.5}",
        "export default {a: 0x10}",
        "export default {a: 010}",
        "export default {a: 10n}",
        "export default {a: 1e3}",
        f"export default {{a: {'9' * 5000}}}",
        "export default {a: null}",
        "export default {a: 'x\\n'}",
        "export default {a: '\\u0041'}",
        "export default {a: process.env.A || process.env.B}",
        "export default {a: process.env.A?.trim()}",
        "export default {a: process.env.A + 'x'}",
        "export default {a: process.env[A]}",
        "export default {a: process.env}",
        # What could be read in two ways, or not at all.
        "export default {a: 1, b: /}[{]/}",
        "export default {a: 1, b: 4 / 2}",
        "export default {a: 1, b: `${c}`}",
        "export default {a: 1, b: 'c}",
        "export default {a: 1, b: 'c\r'}",
        "export default {a: 1, /* b: 2}",
        "export default {a: 1",
        "export default {a: 1)",
        "export default {a: 1}}",
        "// export default {a: 1}",
        "x = 'export default {a: 1}'",
        "// x \r ...rest\n",
        f"export default {'{a:' * 101}1{'}' * 101}",
    ],
)
def test_where_something_else_may_have_a_say(program: str) -> None:
    assert said(program) == {}


def test_a_line_comment_ends_where_its_line_does() -> None:
    for end in "\n\r\u2028\u2029":
        assert said(f"export default {{a: 1, // b{end}...rest}}") == {}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ('"x"', "x"),
        ("'x'", "x"),
        ("`x`", "x"),
        (r"'it\'s'", "it's"),
        (r'"\\ \""', '\\ "'),
        ("'x' as const", "x"),
        ("'x' as const satisfies Kind", "x"),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("86_400", 86400),
        ("['x', \"y\",]", ["x", "y"]),
        ("[]", []),
        ("['x'] as const", ["x"]),
        ("process.env.X", Variable("X")),
        ("process.env.X!", Variable("X")),
        ("process.env.X as string", Variable("X")),
        ('process.env["X"]', Variable("X")),
        ("process.env['X']!", Variable("X")),
        ("process.env.X ?? 'secret'", Variable("X")),
        ("process.env['X'] || ''", Variable("X")),
    ],
)
def test_what_is_a_literal(value: str, meant: Any) -> None:
    assert said(f"export default {{a: {value}}}") == {"a": meant}


def test_the_order_and_the_lines_are_those_of_the_text() -> None:
    program = "export default {\n  b: 1,\n  a: {\n    c: 'x',\n  },\n  b: 2,\n}"
    assert [(it.path, it.line) for it in literals(program)] == [(("a", "c"), 4), (("b",), 6)]


@pytest.mark.parametrize(
    "program",
    [
        "a:" * 50_000 + "{a:" * 20_000,
        "/*" * 200_000,
        "'" * 200_000,
        "{" * 200_000,
        "export default {" + "a:{b:1}," * 40_000 + "}",
        "export default {" + "".join(f"a{number}: {number}," for number in range(20_000)) + "}",
        "export default {" + "a: 1, ...b," * 20_000 + "}",
        "export default {a: 1 " + "as b " * 40_000 + "}",
        "export default " + "".join(f"a{number}." for number in range(20_000)) + "b({a: 1})",
        "export default " * 20_000,
        "const a " * 20_000 + "; export default a",
        "import {" + "config as a," * 20_000 + "} from 'x'; const config = {a: 1}; export default config",
    ],
)
def test_time_grows_no_faster_than_the_text(program: str) -> None:
    start = process_time()
    literals(program)
    # A fraction of a second; quadratic time would be minutes.
    assert process_time() - start < 5


def test_brackets_may_lie_in_each_other_up_to_a_limit() -> None:
    (deepest,) = literals(f"export default {'{a:' * 100}1{'}' * 100}")
    assert len(deepest.path) == 100
