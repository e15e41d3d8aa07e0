"""Merges two branches of a table with DoltLite: one row a record, edits on either branch, and only the merge is timed.

    doltlite_merge.py prepare DATABASE BASE OURS THEIRS    the branches from three NDJSON listings with the same keys
    doltlite_merge.py merge DATABASE                       theirs into ours; prints what it took
"""

import json
import os
import sys
import time

import doltlite  # makes `sqlite3` DoltLite's
import sqlite3

# More than the merge needs, in bytes.
TOUCHED = 512 << 20


def records(path):
    with open(path, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def commit(connection, message):
    connection.execute("select dolt_commit('-A', '-m', ?)", (message,)).fetchone()


def add_all(connection, base):
    rows = records(base)
    first = next(rows)
    types = {int: "integer", float: "real"}
    key, *fields = first
    columns = [f'"{key}" text primary key'] + [f'"{f}" {types.get(type(first[f]), "text")}' for f in fields]
    connection.execute(f"create table section ({', '.join(columns)}) without rowid")
    insert = f"insert into section values ({', '.join('?' * len(first))})"
    connection.execute("begin")
    connection.execute(insert, tuple(first.values()))
    connection.executemany(insert, (tuple(row.values()) for row in rows))
    connection.execute("commit")
    commit(connection, "base")


def edit(connection, base, own):
    """Sets the fields in which a listing differs from the base."""
    connection.execute("begin")
    for old, new in zip(records(base), records(own), strict=True):
        changed = [field for field in old if old[field] != new[field]]
        if changed:
            key = next(iter(old))
            sets = ", ".join(f'"{field}" = ?' for field in changed)
            values = [new[field] for field in changed] + [old[key]]
            connection.execute(f'update section set {sets} where "{key}" = ?', values)
    connection.execute("commit")


def prepare(database, base, ours, theirs):
    connection = sqlite3.connect(database, isolation_level=None)
    add_all(connection, base)
    connection.execute("select dolt_tag('base')").fetchone()
    connection.execute("select dolt_branch('theirs')").fetchone()
    edit(connection, base, ours)
    commit(connection, "ours")
    connection.execute("select dolt_tag('ours')").fetchone()
    connection.execute("select dolt_checkout('theirs')").fetchone()
    edit(connection, base, theirs)
    commit(connection, "theirs")
    connection.close()


def cells(connection, tip):
    """How many cells of how many rows differ from the base, and how many rows there are."""
    query = "select cells_modified, rows_modified, new_row_count from dolt_diff_stat('base', ?, 'section')"
    return connection.execute(query, (tip,)).fetchone()


def peak_mb():
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def warm(database):
    """What `plan` does before it is timed, see `benches/warm.rs`: reads the file, takes memory and gives it back."""
    with open(database, "rb") as file:
        while file.read(1 << 20):
            pass
    _ = b"\1" * TOUCHED


def merge(database):
    connection = sqlite3.connect(database, isolation_level=None)
    warm(database)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
        peak.write("5")
    begun, cpu = time.perf_counter(), time.process_time()
    (answer,) = connection.execute("select dolt_merge('theirs')").fetchone()
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
    figures = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak_mb()}
    merged, ours, theirs = (cells(connection, tip) for tip in ("HEAD", "ours", "theirs"))
    if merged[0] != ours[0] + theirs[0]:
        sys.exit(f"{answer}: {merged[0]} cells were merged of {ours[0]} and {theirs[0]}")
    print(json.dumps(figures | {"records": merged[2], "edited": merged[1]}))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"prepare": prepare, "merge": merge}[command](*arguments)
