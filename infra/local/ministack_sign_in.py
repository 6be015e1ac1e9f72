"""Codes of an authenticator at ministack's sign-in page, as Cognito's managed login asks for them.

Where the pool's MFA is ON, whoever has no authenticator sets one up before they come back with a code of the flow;
whoever has one is asked for its code, where MFA is OPTIONAL as well
(https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html). The secret is made and the
codes are verified by ministack's own AssociateSoftwareToken and VerifySoftwareToken, by RFC 6238.
"""

import html
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from ministack.services import cognito

User = dict[str, Any]

_SOFTWARE_TOKEN = "SOFTWARE_TOKEN_MFA"
# What tells the form of a code from the other forms of the page.
_FIELD = "mfa_token"

_WRONG = "The code is not right. Enter the one that your authenticator shows now."


@dataclass
class _Step:
    """Someone whose password was right, on their way to the redirect that `go_on` makes."""

    user: User
    go_on: Callable[[], Any]
    # What they are about to set up: empty where they have an authenticator already.
    secret: str = ""
    session: str = ""


_steps: dict[str, _Step] = {}


def install() -> None:
    """Has the page ask for codes. To be called once, before the server starts."""
    redirect, submit = cognito._issue_auth_code_redirect, cognito.handle_login_submit

    def redirect_after_code(client_id: str, pool_id: str, to: str, scope: str, name: str, *rest: Any) -> Any:
        pool = cognito._get_pool_unscoped(pool_id) or {}
        user, go_on = pool.get("_users", {}).get(name), partial(redirect, client_id, pool_id, to, scope, name, *rest)
        mfa, has_one = pool.get("MfaConfiguration", "OFF"), user is not None and _has_authenticator(user)
        if user is None or mfa == "OFF" or (mfa == "OPTIONAL" and not has_one):
            return go_on()
        token, step = secrets.token_urlsafe(24), _Step(user, go_on)
        if not has_one:
            made = _told(cognito._associate_software_token({}))
            step.secret, step.session = made["SecretCode"], made["Session"]
        _steps[token] = step
        return _page(token, step)

    def submit_code(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        if _FIELD not in form:
            return submit(method, path, headers, body, query)
        step = _steps.get(form[_FIELD])
        if step is None:
            return cognito._oauth2_error("invalid_request", "Session has expired. Please sign in again.")
        if not _is_right(step, form.get("code", "")):
            return _page(form[_FIELD], step, _WRONG)
        del _steps[form[_FIELD]]
        return step.go_on()

    cognito._issue_auth_code_redirect, cognito.handle_login_submit = redirect_after_code, submit_code


def _has_authenticator(user: User) -> bool:
    return _SOFTWARE_TOKEN in user.get("_mfa_enabled", [])


def _is_right(step: _Step, code: str) -> bool:
    if not step.secret:
        return cognito._totp_matches(step.user["_totp_secret"], code)
    status, _, _ = cognito._verify_software_token({"Session": step.session, "UserCode": code})
    if status == 200:
        step.user["_totp_secret"], step.user["_preferred_mfa"] = step.secret, _SOFTWARE_TOKEN
        step.user["_mfa_enabled"] = [*step.user.get("_mfa_enabled", []), _SOFTWARE_TOKEN]
    return status == 200


def _page(token: str, step: _Step, error: str = "") -> Any:
    told = f'<div class="error" role="alert">{html.escape(error)}</div>' if error else ""
    heading = "Set up an authenticator" if step.secret else "Enter a code"
    set_up = f"<p>Secret key: <code>{step.secret}</code></p>" if step.secret else ""
    form = f"""{told}{set_up}
<form method="POST" action="/login">
<input type="hidden" name="{_FIELD}" value="{token}">
<label for="code">Code</label>
<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
<button type="submit">Sign in</button>
</form>"""
    page = cognito._page_shell(heading, heading, form)
    return 200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, page.encode()


def _told(answer: tuple[int, Any, bytes]) -> dict[str, str]:
    return json.loads(answer[2])
