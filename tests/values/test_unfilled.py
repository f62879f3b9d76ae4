"""URLs that hold what a sample, a program or a log put in place of a value."""

from __future__ import annotations

import pytest

from codemation.values.urls.unfilled import unfilled


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://postgres:[YOUR-PASSWORD]@db.example.com:5432/postgres", "placeholder"),
        ("postgresql://postgres.ref:[Password]@pool.example.com:6543/postgres", "placeholder"),
        ("postgresql://<user>:<password>@<host>:5432/<database>", "placeholder"),
        ("postgresql://app:%3Cpassword%3E@db/app", "placeholder"),
        ("postgresql://app:your_password@db/app", "placeholder"),
        ("postgresql://app:pw@your-host:5432/app", "placeholder"),
        ("rediss://default:YOUR_PASSWORD@cache:6379", "placeholder"),
        ("redis://<host>:6379", "placeholder"),
        ("postgresql://undefined:undefined@undefined:5432/undefined", "the word `undefined`"),
        ("postgresql://app:pw@db:5432/undefined", "the word `undefined`"),
        ("postgresql://app:null@db/app", "the word `null`"),
        ("redis://None:6379/0", "the word `None`"),
        ("postgresql://app:$PASSWORD@db/app", "behind a `$`"),
        ("postgresql://app:pw@$PGHOST/app", "behind a `$`"),
        ("postgresql://app:********@db/app", "masked"),
        ("redis://:*****@cache:6379", "masked"),
        ("postgresql://app:REDACTED@db/app", "masked"),
    ],
)
def test_what_is_found(url: str, said: str) -> None:
    found = unfilled(url)
    assert found is not None
    assert said in found[0]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:pw@db.example.com:5432/app",
        "postgresql://app:p$ssword@db/app",
        "postgresql://app:$ecret@db/app",
        "postgresql://app:nullable@undefined-behaviour.example.com/none",
        "postgresql://app:pw@[2001:db8::1]:5432/app",
        "postgresql://app:pw@[fe80::1%25eth0]/app",
        "postgresql://app:a*b**c@db/app",
        "postgresql://yourself@db/your-app?application_name=your-app",
        "postgresql://app:x<y>z@db/app?options=-csearch_path%3Dnull_",
        "postgresql:///app?host=/run/postgresql",
        "rediss://:redactedx@cache:6379/0",
    ],
)
def test_what_is_meant(url: str) -> None:
    assert unfilled(url) is None
