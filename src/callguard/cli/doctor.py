"""``callguard doctor``."""

import argparse
import asyncio
import json
from dataclasses import asdict

from ..node.doctor import State, examine
from ..settings import load


def doctor(options: argparse.Namespace) -> int:
    """Print what is good and what is not.

    Status 1 if anything is bad; with ``--node`` as ``node_report.status`` says.
    """
    if options.node:
        from ..node.report import report, status

        findings = asyncio.run(report(load()))
        ended = status(findings)
    else:
        findings = asyncio.run(examine(load()))
        ended = 1 if any(finding.state is State.BAD for finding in findings) else 0
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding.state.value:<5} {finding.part:<14} {finding.detail}")
            if finding.mend and finding.state is not State.GOOD:
                print(f"{'':<20} → {finding.mend}")
    return ended
