"""Checks that every dependency's licence is one that this project may be distributed with.

Reads the output of `cargo metadata` on standard input; prints what is not allowed and exits with 1.
"""
import json
import re
import sys

ALLOWED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "CC0-1.0",
    "Unlicense", "0BSD", "BSL-1.0", "Unicode-3.0", "Unicode-DFS-2016", "MIT-0",
}


def allowed(expression):
    """Whether one alternative of an SPDX expression (ANDs of ORs in brackets, or plain ORs) is allowed in full."""
    expression = expression.replace("/", " OR ")
    while "(" in expression:
        expression = re.sub(r"\(([^()]*)\)", lambda m: "MIT" if allowed(m[1]) else "no", expression)
    return any(all(part.strip() in ALLOWED for part in choice.split(" AND ")) for choice in expression.split(" OR "))


packages = json.load(sys.stdin)["packages"]
bad = [f"{p['name']} {p['version']}: {p['license']}" for p in packages if not allowed(p["license"] or "none")]
print(f"{len(packages)} packages, {len(bad)} with a licence that is not allowed")
print(*bad, sep="\n")
sys.exit(bool(bad))
