"""Amazon S3 and what speaks like it: signed by botocore, sent by the console's own client."""

import html
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from integrations.domain.reaching import USUAL_REGION, Reach
from integrations.drivers import visits
from integrations.drivers.visits import Refused, Sample, Unready
from m25console.courses import Course

EMPTY: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of ""
STRANGERS: Final = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure", "InvalidToken", "ExpiredToken"}
)
BUCKET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def signed(reach: Reach, *, path: str, query: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The URL and the headers of a GET. Raises Unready."""
    if not reach.username or not reach.password:
        raise Unready("Enter the access key's ID and its secret.")
    scheme, usual = ("https", 443) if reach.is_tls else ("http", 80)
    place = reach.host if reach.port == usual else f"{reach.host}:{reach.port}"
    asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
    url = f"{scheme}://{place}{quote(path)}{asked}"
    request = AWSRequest(method="GET", url=url)
    request.headers["X-Amz-Content-SHA256"] = EMPTY
    region = str(reach.options.get("region") or USUAL_REGION)
    S3SigV4Auth(Credentials(reach.username, reach.password), "s3", region).add_auth(request)
    return url, dict(request.headers.items())


def look(reach: Reach, course: Course) -> Sample:
    """List the bucket, or the buckets where none is named.

    Raises ForbiddenTarget, NoAnswer or Refused.
    """
    bucket = reach.database
    if bucket and not BUCKET_NAME.fullmatch(bucket):
        raise Unready("This is not the name of a bucket.")
    listing = {"list-type": "2", "max-keys": str(visits.MOST)}
    url, headers = signed(reach, path=f"/{bucket}", query=listing if bucket else {})
    answer = visits.ask(course, url, headers=headers)
    text = answer.body.decode(errors="replace")
    code = next(iter(_each(text, "Code")), "") if answer.status >= 400 else ""
    _check_let_in(answer.status, code, course)
    if answer.status != 200:
        told = f": {visits.words_of(Exception(code), reach)}" if code else ""
        raise Refused(f"The server answered {answer.status}{told}.")
    if bucket:
        return visits.sample_of(_each(text, "Key"), "object")
    return visits.sample_of(_each(text, "Name"), "bucket")


def _check_let_in(status: int, code: str, course: Course) -> None:
    if code in STRANGERS or status == 401:
        raise Refused("The server does not know this access key, or its secret is another.")
    course.reached()
    if status == 403:
        raise Refused("The server knows this access key and does not let it list here.")
    course.reached(told="Whether it may also write is not seen without writing.")


def _each(text: str, tag: str) -> list[str]:
    """What stands between these tags; the answers are flat where we look."""
    return [html.unescape(one) for one in re.findall(rf"<{tag}>([^<]*)</{tag}>", text)]
