"""Words of a shape from a language model that sees it: an opt-in beside the words derived from the numbers.

`LlmDescriber` sends a structure's name, its numbers and rendered pictures to an OpenAI-compatible server and returns
geometric words. Nothing is sent before `describe` (or `ask`) is called; `prompt` shows what would be.
"""

from .answer import LlmDescription
from .cache import AnswerCache, default_cache_dir
from .describer import LlmDescriber
from .prompt import LlmPrompt, Picture, build_prompt
from .settings import LlmSettings

__all__ = [
    "AnswerCache",
    "LlmDescriber",
    "LlmDescription",
    "LlmPrompt",
    "LlmSettings",
    "Picture",
    "build_prompt",
    "default_cache_dir",
]
