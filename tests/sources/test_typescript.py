"""What is taken for certain of a program that nobody runs, and where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest

from codemation.sources.typescript import Node, Table, Told, Untold, Variable, read


def keys(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Told | Untold]]:
    """What is seen, by key; and below the blank name what may be any key."""
    if not isinstance(node, Table):
        yield ".".join(path), node
        return
    for key, inner in node.entries.items():
        yield from keys(inner, (*path, key))
    for other in node.others:
        yield ".".join((*path, "")), other


def said(text: str) -> dict[str, Any]:
    """What is told for sure."""
    return {key: node.value for key, node in keys(read(text)) if isinstance(node, Told)}


def unsaid(text: str) -> dict[str, str]:
    """Why the rest is not told."""
    return {key: node.why for key, node in keys(read(text)) if isinstance(node, Untold)}


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
        "export default {a: {...x, b: 1, c: cond ? {b: 2} : {b: 3}, d: [x, {b: 4}], e: call({b: 5}, {b: 6})}}",
        "export default {a: {b: 1}} // , a: {b: 2}\r/* a: {b: 3} */",
        "export default {\r\n  a: {\r\n    b: 1,\r\n  },\r\n};\r\n",
        "export default f({a: {b: 1}} satisfies Config);",
        "export default f({a: {b: 1}} as const satisfies Partial<A.Config['b']>);",
        "const config = {a: {b: 1}};\nexport { config as default };",
        "const config = {a: {b: 1}};\nexport { config as default };\nimport { x as config2 } from 'y'",
        "const config = {a: {b: 1}};\nexport default f(config)",
        "const first = {a: {b: 1}}\nconst second = first\nexport default second",
        "export = {a: {b: 1}}",
        "load('x')\nmodule.exports = {a: {b: 1}}",
        "x = y\nmodule.exports = {a: {b: 1}}",
        "const a = {b: 1};\nexport default {a}",
        "const c = 1;\nexport default {a: {b: c}, d: [c, x]}",
        "const c = {b: 1} as const;\nexport default {a: {...c}}",
        "export default {a: {b: 2, ...{b: 1}}}",
        "export default {['a']: {[\"b\"]: 1}}",
        "export default {a: ({b: (1)} as B)}",
        "export default {a: {b: 1, get c() { return 1 }, set d(x) {}, async e() {}, *f() {}, async *g() {}}}",
        "export default {a: {b: 1, c: `x${process.env.C + `${{d: '}'}}`}y`}}",
        "export default {a: {b: 1, c: /}[/{]/g, d: 4 / x / 2, e: (y) / 2 / z, f: [/'/, x[0] / 2]}}",
        "if (/'/.test(x)) /`/.exec(y); for (;;) /{/.exec(z)\nexport default {a: {b: 1}}",
        "export default {a: {b: 1, c: new Map<string, A.B<'d'>>([x]), d: <T,>(x: T) => x, e: f < g}}",
        "const config = {a: {b: 1}};\ntype Config = typeof config;\nexport default config",
        "const f = () => /'/; export default {a: {b: 1}}",
        "#!/usr/bin/env 'node\nexport default {a: {b: 1}}",
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
        "export default {a: 1, async *[b]() {}}",
        "export default {a: 1, a}",
        "export default {a: 1, a: x}",
        "export default {a: 1, a() {}}",
        "export default {a: 1, '\\u0061': 2}",
        # No literals.
        "export default {a: 1 + x}",
        "export default {a: 60 * '60'}",
        "export default {a: 1 + '1'}",
        "export default {a: 5 / 2}",
        "export default {a: 5 / 0}",
        "export default {a: 5 % 2}",
        "export default {a: 2 ** 3}",
        "export default {a: 1 + +1}",
        "export default {a: 1 < 2}",
        "export default {a: 9007199254740991 + 1}",
        "export default {a: 3 * b}; let b = 3",
        "export default {a: 3 * b}; function f() { const b = 3 }",
        "export default {a: 3 * b}; { const b = 3 }",
        "export default {a: 3 * b}; const b = 3 * b",
        "export default {a: 3 * b}; const b = f(3)",
        "export default {a: 3 * b.c}; const b = {c: 3}",
        "export default {a: B.c}; enum B { c = 3 }",
        "export default {a: b}; const {b} = {b: 3}",
        "export default {a: b}; const b = [1]; b.push(2)",
        "export default {a: b}; const b = {c: 1}; b.c = 2",
        "export default {...b}; const b = {a: 1}; b.a = 2",
        "export default {...b}; const b = {a: 1, ...c}",
        "export default {a: x as 1}",
        "export default {a: 1 as number || 2}",
        "export default {a: 1 as Kind<string> + 2}",
        "export default {a: {b: 1}.b}",
        "export default {a: {b: 1} || c}",
        "export default {a: {b: 1} as B ?? c}",
        "export default {a: ['x'][0]}",
        "export default {a: ['x', y]}",
        "export default {a: ['x', ...y]}",
        "export default {a: ['\\x41']}",
        "export default {a: 1.5}",
        "export default {a: 010}",
        "export default {a: 10n}",
        "export default {a: 1e-3}",
        "export default {a: 1e99}",
        "export default {a: 0.5e0}",
        "export default {a: .}",
        f"export default {{a: {'9' * 5000}}}",
        "export default {a: null}",
        "export default {a: 'x\\n'}",
        "export default {a: '\\u0041'}",
        "export default {a: undefined}",
        "export default {a: process.env.A || process.env.B}",
        "export default {a: process.env.A || f(process.env.B)}",
        "export default {a: process.env.A || 'x' ? 'y' : 'z'}",
        "export default {a: process.env.A?.trim()}",
        "export default {a: process.env.A + 'x'}",
        "export default {a: process.env[A]}",
        "export default {a: process.env}",
        # What could be read in two ways, or not at all.
        "export default {a: 1, b() {} / 2 / {}",
        "export default {a: 1, b: c! / 2}",
        "export default {a: 1, b: c++ / 2}",
        "export default {a: 1, b: await /2/}",
        "export default {a: 1, b: /c}",
        "export default {a: 1, b: `${c`}",
        "export default {a: 1, b: `${c}}",
        "if (x) module.exports = {a: 1}",
        "if (x)\n  module.exports = {a: 1}",
        "if (x) { module.exports = {a: 1} }",
        "x ? 1 :\n module.exports = {a: 1}",
        "export { config as default } from 'x'; const config = {a: 1}",
        "export { config as default, config as other }; const config = {a: 1}",
        "export { config as default }; const config = {a: 1}; config.a = 2",
        "export { default } from 'x'",
        "export { config as default }; export default {a: 1}; const config = {a: 1}",
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
        ("`costs $5`", "costs $5"),
        ("'x' as 'x' | 'y'", "x"),
        ("'x'!", "x"),
        ("0", 0),
        ("-1", -1),
        ("0x10", 16),
        ("0b11", 3),
        ("6048e2", 604800),
        ("86400.0", 86400),
        ("60 * 60 * 24 * 7", 604800),
        ("(1 + 2) * 3 - 4", 5),
        ("2 - 1 - 1", 0),
        ("7 * 24 * 60 * 60 * 1000 / 1000", 604800),
        ("7 * DAY", 604800),
        ("-DAY * (WEEK / DAY) + 1", -604799),
        ("NAME", "x"),
        ("FROM", Variable("X")),
        ("86_400", 86400),
        ("['x', \"y\",]", ["x", "y"]),
        ("[]", []),
        ("['x'] as const", ["x"]),
        ("[1, true, NAME]", [1, True, "x"]),
        ("[{b: 'x', c: ['y'], d: {e: 1}}]", [{"b": "x", "c": ["y"], "d": {"e": 1}}]),
        ("[{b: 'x', ...{b: 'y', c: undefined}}]", [{"b": "y"}]),
        ("process.env.X", Variable("X")),
        ("process.env.X!", Variable("X")),
        ("process.env.X as string", Variable("X")),
        ('process.env["X"]', Variable("X")),
        ("process.env['X']!", Variable("X")),
        ("process.env.X ?? 'secret'", Variable("X")),
        ("process.env['X'] || ''", Variable("X")),
        ("process.env.X ?? url('y')", Variable("X")),
        ("(process.env.X || 'y') as string", Variable("X")),
    ],
)
def test_what_is_a_literal(value: str, meant: Any) -> None:
    constants = "const WEEK = 7 * DAY\nconst DAY: number = 86_400 as const, X = 1\nexport const NAME = 'x';\n"
    assert said(f"{constants}const FROM = process.env.X!\nexport default {{a: {value}}}") == {"a": meant}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("a: f(7)", "a function gives it"),
        ("get a() { return 7 }", "a function gives it"),
        ("async a() {}", "a function gives it"),
        ("a() {}", "it is a function"),
        ("a: async () => 7", "it is a function"),
        ("a: function () {}", "it is a function"),
        ("a", "`a` is no constant of this file with a plain value"),
        ("a: b", "`b` is no constant of this file with a plain value"),
        ("a: WEEK * x", "it is computed when the program runs"),
        ("a: Days.Week", "it is computed when the program runs"),
        ("a: x ? 1 : 2", "it depends on what holds when the program runs"),
        ("a: process.env.X ? 1 : 2", "it depends on what holds when the program runs"),
        ("a: Number(process.env.X ?? 5)", "it is made of the variable X"),
        ("a: parseInt(process.env['X']!, 10)", "it is made of the variable X"),
        ("a: SHARED", "`SHARED` is used elsewhere, too, where it may be changed"),
        ("a: [SHARED]", "`SHARED` is used elsewhere, too, where it may be changed"),
        ("a: GIVEN", "a function gives it"),
        ("a: `b${c}`", "it is a text that is put together when the program runs"),
        ("a: 'x\\n'", "it is written with escapes"),
        ("a: 1.5", "it is no whole number"),
        ("a: null", "it is null"),
        ("a: /b/", "it is no plain value"),
        ("a: [b, 1]", "`b` is no constant of this file with a plain value"),
        ("a: [...b]", "it is computed when the program runs"),
        ("a: [1, , 2]", "a place in it is empty"),
        ("a: [{b: 1, ...c}]", "what a spread or a computed key puts in there is not known"),
        ("a: [process.env.X]", "it is made of a variable"),
        ("a: 1, ...b", "what is put in on line 4 may say otherwise"),
        ("a: 1, [b]: 2", "what is put in on line 4 may say otherwise"),
    ],
)
def test_why_a_key_is_not_told(entry: str, why: str) -> None:
    constants = "const SHARED = [1]; f(SHARED);\nconst GIVEN = f(1);\n"
    assert unsaid(f"{constants}\nexport default {{{entry}, z: 1}}")["a"] == why


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("export default f({a: {b: 1}}, x)", "what is done with the object may change it"),
        ("export default f({a: {b: 1}}).with(x)", "what is done with the object may change it"),
        ("export default f({a: {b: 1}}); const f = x => x", "a function of this file may change it"),
        ("export default c; const c = {a: {b: 1}}; c.a = 2", "`c` is used elsewhere, too, where it may be changed"),
        ("export default f(c); const c = {a: {b: 1}}; g(c)", "`c` is used elsewhere, too, where it may be changed"),
        ("export default {...c}; const c = {a: 1}; g(c)", None),
        ("export default {a: {b: 1}, c: x < y, z > w}", None),
    ],
)
def test_what_may_be_changed_is_not_told_but_seen(program: str, why: str | None) -> None:
    found = unsaid(program)
    assert said(program) == {}
    assert "" in found
    assert why is None or found == {"a.b": why, "": why}


def test_what_may_be_any_key_is_seen_where_it_stands() -> None:
    program = "export default {\n  a: {\n    c: 1,\n    ...x,\n    b: 1,\n  },\n  [d]: 2,\n}"
    found = {key: node.line for key, node in keys(read(program)) if isinstance(node, Untold)}
    assert found == {"a.": 4, "a.b": 5, "a.c": 3, "": 7}


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("export default {\n  a: b! / 2 }", 2),
        ("export default {a: 1}\n\n'", 3),
        ("export default {\na: 1", 1),
        ("\nexport default x ? {a: 1} : {a: 2}", 2),
        ("export default {a: 1}\nmodule.exports = {a: 2}", 2),
        ("f({a: 1})", 0),
    ],
)
def test_where_nothing_is_told_it_is_said_why(program: str, line: int) -> None:
    node = read(program)
    assert isinstance(node, Untold)
    assert node.line == line


def test_the_order_and_the_lines_are_those_of_the_text() -> None:
    program = "export default {\n  b: 1,\n  a: {\n    c: 'x',\n  },\n  b: 2,\n}"
    assert [(key, node.line) for key, node in keys(read(program))] == [("a.c", 4), ("b", 6)]


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
        "`${" * 90 + "a" + "}`" * 90 + "`${a}" * 30_000,
        "export default {a: `" + "${a}" * 30_000 + "`}",
        "/a" * 200_000,
        "a = /[" * 100_000,
        "export default {a: " + "1 + " * 30_000 + "1}",
        "export default {a: " + "1 * -" * 30_000 + "1}",
        "export default {" + "a: b<c, " * 20_000 + "}",
        "export default {a: " + "<" * 30_000 + "}",
        "export default {a: " + "(" * 99 + "1" + ")" * 99 + "}",
        "".join(f"const a{it} = a{it + 1} + a{it + 1}\n" for it in range(20_000)) + "export default {a: a0}",
        "".join(f"const a{it} = a{it + 1}\n" for it in range(20_000)) + "export default a0",
        "".join(f"const a{it} = {{...a{it + 1}}}\n" for it in range(20_000)) + "export default a0",
        "const a = f\n" * 20_000 + "export default {" + "a," * 20_000 + "}",
        "export default {" + "a: {...b, " * 98 + "c: 1, ...d," * 20_000 + "}, ...b" * 98 + "}",
        "export default {" + "a: process.env.A ?? process, " * 10_000 + "}",
        "import {" + "config as a," * 20_000 + "} from 'x'; const config = {a: 1}; export default config",
    ],
)
def test_time_grows_no_faster_than_the_text(program: str) -> None:
    start = process_time()
    read(program)
    # A fraction of a second; quadratic time would be minutes.
    assert process_time() - start < 5


def test_brackets_may_lie_in_each_other_up_to_a_limit() -> None:
    (deepest,) = said(f"export default {'{a:' * 100}1{'}' * 100}")
    assert deepest.count("a") == 100
    (why,) = unsaid(f"const b = {'{a:' * 99}1{'}' * 99}; export default {{a: {{a: b}}}}").values()
    assert why == "it lies too deep in others"
