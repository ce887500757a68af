"""OpenAI Agents SDK, with and without conversion to strict schemas."""
from agents.mcp import MCPServerStdio
from agents.mcp.util import MCPUtil
from mcp.types import Tool

from convert import main

server = MCPServerStdio({"command": "none", "args": []})  # never started


def convert(strict):
    def one(tool):
        converted = MCPUtil.to_function_tool(Tool.model_validate(tool), server, strict)
        return converted.name, converted.params_json_schema, converted.strict_json_schema

    return one


main({"openai-agents": convert(False), "openai-agents, strict": convert(True)})
