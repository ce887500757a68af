"""Pydantic AI, whose schemas are transformed for each provider."""
from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer
from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

from convert import main


def convert(transformer, strict):
    def one(tool):
        t = transformer(tool["inputSchema"], strict=strict)
        schema = t.walk()
        return tool["name"], schema, bool(strict or strict is None and t.is_strict_compatible)

    return one


main({
    "pydantic-ai, Google": convert(GoogleJsonSchemaTransformer, None),
    "pydantic-ai, OpenAI": convert(OpenAIJsonSchemaTransformer, None),
    "pydantic-ai, OpenAI strict": convert(OpenAIJsonSchemaTransformer, True),
})
