"""LangChain's MCP adapters, and the OpenAI form of their tools."""
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_mcp_adapters.tools import convert_mcp_tool_to_langchain_tool
from mcp.types import Tool

from convert import main


def convert(strict):
    def one(tool):
        adapted = convert_mcp_tool_to_langchain_tool(None, Tool.model_validate(tool), connection={"transport": "stdio", "command": "none", "args": []})
        function = convert_to_openai_tool(adapted, strict=strict)["function"]
        return function["name"], function["parameters"], bool(function.get("strict"))

    return one


main({"langchain-mcp-adapters": convert(None), "langchain-mcp-adapters, strict": convert(True)})
