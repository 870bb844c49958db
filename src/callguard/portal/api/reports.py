"""Reports of scam calls: of a household, and of the node's own programs."""

from ...blocklist.errors import StoreError
from ...households.registry import Registry
from ...line.reporting import Reporting, ReportRefused
from ...numbers import NumberError
from ...people.rights import Right
from ...people.tokens import Scope
from ...trail import What, record
from .. import reports
from ..own_policy import OwnPolicy
from .operation import Answer, Inquiry, Operation, Reply
from .problem import FieldError, Kind, Problem
from .shapes import ref
from .values import HOUSEHOLD, e164


def _report(inquiry: Inquiry) -> Reply:
    home = Registry(inquiry.database).get(inquiry.household_id)
    body = inquiry.body
    try:
        taken = Reporting(
            inquiry.settings, OwnPolicy(inquiry.database, inquiry.household_id, inquiry.now)
        ).take(line=e164(home.line), now=inquiry.now, **body)
    except NumberError as error:
        raise Problem(
            Kind.IMPOSSIBLE, str(error), [FieldError("body.number", str(error))]
        ) from error
    except ReportRefused as error:
        raise Problem(Kind.IMPOSSIBLE, str(error)) from error
    except StoreError as error:
        raise Problem(Kind.UNAVAILABLE, str(error)) from error
    with inquiry.database.transaction() as session:
        record(
            session,
            inquiry.by,
            What.REPORT,
            household_id=inquiry.household_id,
            now=inquiry.now,
            number=taken.number,
        )
    return Reply({"id": taken.id}, 202)


OPERATIONS = (
    Operation(
        name="reportCall",
        method="POST",
        path="/api/v1/households/{household}/reports",
        summary="Report a scam call to the police sources",
        description="What is sent, and what never is: docs/reports.md.",
        right=Right.REPORT_CALLS,
        scope=Scope.WRITE_REPORT,
        parameters=(HOUSEHOLD,),
        body=ref("ReportOfCall"),
        answers=(Answer(202, "It is kept until it is sent.", ref("Report")),),
        can_fail=True,
        handle=_report,
    ),
    Operation(
        name="reportFromNode",
        method="POST",
        path="/api/v1/reports",
        summary="The same, from a program of the node that names the line",
        description="With the token of the setting `api_token`, from this machine or a private "
        "network only.",
        right=None,
        scope=None,
        body=ref("ReportOfLine"),
        max_body=reports.MAX_BODY,
        answers=(Answer(202, "It is kept until it is sent.", ref("Report")),),
        can_fail=True,
        handle=None,
    ),
)
