"""Looks into and edits the SQLite file of datasette without going through it: one JSON command a line."""

import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
connection.row_factory = sqlite3.Row

for line in sys.stdin:
    command = json.loads(line)
    try:
        if "script" in command:
            connection.executescript(command["script"])
            answer = []
        elif "rows" in command:
            connection.execute("begin immediate")
            answer = [connection.execute(command["sql"], row).lastrowid for row in command["rows"]]
            connection.execute("commit")
        else:
            rows = connection.execute(command["sql"], command.get("values", []))
            answer = [dict(row) for row in rows.fetchall()]
        print(json.dumps({"ok": answer}), flush=True)
    except sqlite3.Error as error:
        print(json.dumps({"error": str(error)}), flush=True)
