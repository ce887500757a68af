"""Reads tools in the form of tools/list and writes what the converters turn them into."""
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
            except Exception as refused:  # whatever it is, the user sees their agent fail
                result["refused"] = f"{type(refused).__name__}: {refused}"
            results.append(result)
    json.dump(results, sys.stdout)
