"""Merges three NDJSON listings with DuckDB: base, ours, theirs, merged, conflicts. The first member is the key.

The same answer as `tiebreak merge` gives by default: a field that one side changed is taken from there, a record of
which both sides changed a field differently is left as ours has it and told as a conflict, deletes and new records
included. Records may come out in any order, which is quicker.
"""

import json
import sys

import duckdb

BASE, OURS, THEIRS, MERGED, CONFLICTS = sys.argv[1:]
SIDES = {"base": BASE, "ours": OURS, "theirs": THEIRS}


def columns():
    """The columns with their types, by the first record: declared, so that nothing has to be guessed from a sample."""
    with open(BASE, encoding="utf-8") as lines:
        first = json.loads(lines.readline())
    types = {int: "BIGINT", float: "DOUBLE"}
    return {name: types.get(type(value), "VARCHAR") for name, value in first.items()}


COLUMNS = columns()
KEY, *FIELDS = COLUMNS


def text(value):
    return "'" + value.replace("'", "''") + "'"


def quoted(side, field):
    return f'{side}."{field}"'


def differs(one, other, field):
    return f"{quoted(one, field)} is distinct from {quoted(other, field)}"


def differ(one, other):
    return "(" + " or ".join(differs(one, other, field) for field in FIELDS) + ")"


def contested(field):
    return f"({differs('ours', 'base', field)} and {differs('theirs', 'base', field)} and {differs('ours', 'theirs', field)})"


# Which sides have the record; a key is never null.
IN_BASE, IN_OURS, IN_THEIRS = (f"{quoted(side, KEY)} is not null" for side in SIDES)
IS_CONFLICT = f"""case
    when {IN_BASE} and not ({IN_OURS}) and not ({IN_THEIRS}) then false
    when {IN_BASE} and not ({IN_OURS}) then {differ('theirs', 'base')}
    when {IN_BASE} and not ({IN_THEIRS}) then {differ('ours', 'base')}
    when {IN_BASE} then {" or ".join(contested(field) for field in FIELDS)}
    when {IN_OURS} and {IN_THEIRS} then {differ('ours', 'theirs')}
    else false end"""
# A side that is alone with a record either made it, and it stays, or it is all that is left of a deleted one.
STAYS = f"""case
    when conflict then {IN_OURS}
    when {IN_BASE} then {IN_OURS} and {IN_THEIRS}
    else true end"""


def merged(field):
    mine, yours, before = (quoted(side, field) for side in ("ours", "theirs", "base"))
    return f"""case
        when conflict or not ({IN_THEIRS}) then {mine}
        when not ({IN_OURS}) then {yours}
        when {mine} is not distinct from {before} then {yours}
        else {mine} end as "{field}" """


def sides(field):
    values = ", ".join(f"'{side}': {quoted(side, field)}::varchar" for side in SIDES)
    return f"case when {contested(field)} then {{'path': {text(field)}, {values}}} end"


KEY_OF_ANY = ", ".join(quoted(side, KEY) for side in SIDES)
JOINED = f"""base full join ours on base."{KEY}" = ours."{KEY}"
    full join theirs on coalesce(base."{KEY}", ours."{KEY}") = theirs."{KEY}" """

connection = duckdb.connect()
connection.execute("set preserve_insertion_order = false")
declared = ", ".join(f"{text(name)}: '{kind}'" for name, kind in COLUMNS.items())
for side, path in SIDES.items():
    # Views: to load the listings into tables first, or to let their columns be detected, takes a quarter longer.
    listing = f"read_ndjson({text(path)}, columns = {{{declared}}})"
    connection.execute(f"create temp view {side} as from {listing}")
connection.execute(
    f"""create temp table joined as
    select coalesce({KEY_OF_ANY}) as "{KEY}", {", ".join(map(merged, FIELDS))}, conflict, {STAYS} as stays,
        case when conflict then [one for one in [{", ".join(map(sides, FIELDS))}] if one is not null] end as fields
    from (select base, ours, theirs, {IS_CONFLICT} as conflict from {JOINED})"""
)


def write(query, path):
    """Returns the number of records written."""
    return connection.execute(f"copy ({query}) to {text(path)} (format json)").fetchone()[0]


records = write("select * exclude (conflict, stays, fields) from joined where stays", MERGED)
conflicts = write(f'select "{KEY}", fields from joined where conflict', CONFLICTS)
print(json.dumps({"records": records, "conflicts": conflicts}))
