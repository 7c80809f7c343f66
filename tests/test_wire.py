from __future__ import annotations

import subprocess
import sys

import pytest

from vlm_notebook.images.wire import Deadline, user_agent


def test_a_deadline_that_has_passed_leaves_no_time():
    assert 0 < Deadline.after(60).left_s() <= 60
    with pytest.raises(TimeoutError):
        Deadline.after(0).left_s()


def test_the_user_agent_names_the_package_its_version_and_a_page():
    name, page = user_agent().split(" ", 1)
    assert name.removeprefix("vlm-notebook/")[0].isdigit()
    assert page.startswith("(+https://")


def test_the_download_is_imported_without_the_libraries_it_will_need():
    heavy = "{'ssl', 'http.client', 'httpx2', 'idna', 'PIL', 'numpy'}"
    code = f"import sys, vlm_notebook.images.fetch; print({heavy} & set(sys.modules) or 'none')"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "none"
