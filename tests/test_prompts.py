from __future__ import annotations

import pytest

from vlm_notebook.errors import VlmError
from vlm_notebook.tasks import prompts


@pytest.mark.parametrize("task", [prompts.describe, prompts.compare])
def test_each_task_has_a_prompt_in_each_language(task):
    english, chinese = task("en"), task("zh")
    assert english.isascii()
    assert not chinese.isascii()
    assert task() == english


@pytest.mark.parametrize("language", ["fr", "", "EN", None, ["en"]])
@pytest.mark.parametrize("task", [prompts.describe, prompts.compare])
def test_another_language_is_refused_with_the_remedy(task, language):
    with pytest.raises(VlmError, match=r"use 'en', 'zh', or ask"):
        task(language)
