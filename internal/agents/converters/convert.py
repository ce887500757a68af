"""Reads tools, as tools/list gives them, and writes what converters make of them."""
import json
import sys


def main(converters):
    tools = json.load(sys.stdin)
    results = []
    for name, convert in converters.items():
        for tool in tools:
            result = {"converter": name, "tool": tool["name"]}
            try:
                result["name"], result["schema"], result["strict"] = convert(json.loads(json.dumps(tool)))
            except Exception as refused:  # whatever it is, people see their agent fail
                result["refused"] = f"{type(refused).__name__}: {refused}"
            results.append(result)
    json.dump(results, sys.stdout)
