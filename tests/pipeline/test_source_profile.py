"""As whom --promote asks what is live elsewhere, whatever the environment of the run has."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.shell import shell

WHO = "import boto3; print(boto3.Session().get_credentials().access_key)"
KEYS = {"AWS_ACCESS_KEY_ID": "exported", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x"}


@pytest.mark.parametrize("web_identity", [True, False], ids=["in a CI job with a web identity", "with exported keys"])
def test_a_profile_wins_over_what_is_exported(tmp_path: Path, web_identity: bool) -> None:
    config, token = tmp_path / "config", tmp_path / "token"
    config.write_text("[profile source]\naws_access_key_id = of-the-profile\naws_secret_access_key = x\n")
    token.write_text("a token")
    identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/ci"}
    # nobody is asked at this address
    env = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    script = f"""
        PROMOTE_PROFILE=source PROMOTE_ROLE_ARN='' SOURCE_CREDENTIALS=() SOURCE_REGION=eu-west-1
        source::ask python -c '{WHO}'
    """
    run = shell(script, tmp_path, env | (identity if web_identity else KEYS)).checked()
    assert run.stdout == "of-the-profile\n"
