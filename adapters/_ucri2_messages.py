"""The other messages of UCRI2: completions, receipts, requests and answers, catalogues."""

import uuid
from collections.abc import Iterator
from typing import Any

from adapters._entry import Entry, Tree
from bridge import Incident, Malformed, Receipt, Record, Resource, ResourceRequest, Said, Says, SituationReport, native

CLASSES = "urn:ucri2:classification"
STAGES = {200: "Delivered", 502: "Undeliverable", 504: "Expired"}
ENDS = {"completed_sucessfully": "Closed", "completed_successfully": "Closed", "aborted": "Cancelled"}


def is_uuid(words: str) -> bool:
    """Whether an id has the form that UCRI2 wants."""
    try:
        return str(uuid.UUID(words)) == words.lower()
    except ValueError:
        return False


def message(entry: Entry, setting: Any, outer: Entry) -> Iterator[Said]:
    """A message that is no incident, by what it has."""
    known = entry.node
    if "requestedResources" in known:
        yield request(entry, setting)
    elif "completedAt" in known:
        yield completion(entry, setting)
    elif "notifications" in known:
        yield notification(entry, setting)
    elif "resourceRequestId" in known:
        yield answer(entry, setting)
    elif "acknowledgedByDispatcherAt" in known:
        yield acknowledgement(entry, setting)
    elif "statusCode" in known:
        yield delivery(entry, outer)
    elif isinstance(known.get("catalogue"), list):
        yield catalogue(entry, setting)
    elif "requestId" in known:
        record = {"request_id": setting.shared_id("request", entry.must("requestId")), "step": "InfoRequest", "from_agency": setting.owner}
        yield done(entry, ResourceRequest, record, "Request")
    else:
        raise Malformed("nothing-said")


def done(entry: Entry, cls: type[Record], record: Tree, action: str | None = None) -> Said:
    """The record, with what nobody took."""
    kept = {"extensions": entry.rest()} if "extensions" in cls.model_fields else {}
    return Said(cls.model_validate({**record, **kept}), Says.model_validate({"action": action}), tuple(entry.deviations))


def must_time(entry: Entry, name: str) -> Any:
    """A time without which nothing is said."""
    found = entry.time(name)
    if found is None:
        raise Malformed("missing", entry.place(name))
    return found


def completion(entry: Entry, setting: Any) -> Said:
    """The end of an incident."""
    record = {
        "incident_id": setting.shared_id("incident", entry.must("sharedIncidentId")),
        "owner": setting.owner,
        "category": "Unknown",
        "lifecycle": ENDS.get(entry.must("status"), "Closed"),
        "closed_at": must_time(entry, "completedAt"),
        "description": entry.text("additionalInformation"),
        "location": {},
    }
    if entry.node["status"] not in ENDS:
        entry.odd(f"{entry.node['status']} is not in the list", "status")
    return done(entry, Incident, record, "Update")


def acknowledgement(entry: Entry, setting: Any) -> Said:
    """What a control room answers to an incident; it is known by the incident. A receipt has no extensions: a proposal is its reason."""
    status = entry.must("status")
    record = {
        "message_id": entry.must("sharedIncidentId"),
        "recipient_id": setting.owner,
        "stage": "Answered",
        "at": must_time(entry, "acknowledgedByDispatcherAt"),
        "business_answer": {"accepted": "Accepted", "rejected": "Rejected"}.get(status, "Unknown"),
        "reason": entry.text("cause") or entry.text("alternativeProposal"),
    }
    entry.deviations += [f"{key}: left out" for key in entry.rest()]
    return done(entry, Receipt, record, "Ack")


def delivery(entry: Entry, outer: Entry) -> Said:
    """What became of a message; a report where no time is named, for a receipt has one."""
    code, cause = entry.count("statusCode"), entry.text("cause", "reason")
    words = entry.text("statusMessage")
    sent = outer.time("sentDate")
    if sent is None:
        summary = " ".join(filter(None, (str(code), words, cause)))
        report = {"report_id": f"{entry.must('refMessageId')}/{entry.must('destination')}", "version": "Final", "summary": summary}
        return done(entry, SituationReport, report, "Ack" if code == 200 else "Error")
    record = {
        "message_id": entry.must("refMessageId"),
        "recipient_id": entry.must("destination"),
        "stage": STAGES.get(code or 0, "Refused"),
        "at": sent,
        "error_code": entry.text("cause", "code") or (None if code == 200 else str(code)),
        "reason": words or cause,
    }
    return done(entry, Receipt, record, "Ack" if code == 200 else "Error")


def notification(entry: Entry, setting: Any) -> Said:
    """Lines about an incident."""
    incident, lines = entry.must("sharedIncidentId"), entry.take("notifications")
    if not isinstance(lines, list) or not lines:
        raise Malformed("missing", "notifications")
    found = [Entry(entry.name, line, f"notifications/{index}", entry.zone) for index, line in enumerate(lines)]
    words, moments = [line.must("message") for line in found], [line.time("timestamp") for line in found]
    last = max(filter(None, moments), default=None)
    record = {
        "report_id": f"{incident}/{last.isoformat() if last else len(lines)}",
        "version": "Update",
        "incident_ids": [setting.shared_id("incident", incident)],
        "prepared_at": last,
        "summary": "\n".join(words),
    }
    entry.claimed.discard(("notifications",))
    entry.deviations += [each for line in found for each in line.deviations]
    return done(entry, SituationReport, record, "Report")


def request(entry: Entry, setting: Any) -> Said:
    """A request for resources: a line for each."""
    listed = entry.take("requestedResources")
    if not isinstance(listed, list):
        raise Malformed("wrong-shape", "requestedResources", found=native.shape(listed), wanted="a list")
    lines = [line(Entry(entry.name, each, f"requestedResources/{index}")) for index, each in enumerate(listed)]
    incident = entry.must("sharedIncidentId")
    record = {
        "request_id": setting.shared_id("request", incident),
        "step": "Request",
        "at": entry.time("sentByDispatcherAt"),
        "from_agency": setting.owner,
        "incident_id": setting.shared_id("incident", incident),
        "lines": lines,
    }
    return Said(ResourceRequest.model_validate({**record, "extensions": {"ucri2:requestedResources": native.pack(listed)}}), Says(action="Request"))


def line(entry: Entry) -> Tree:
    """One resource wanted, or given."""
    kind = entry.text("resourceType")
    return {
        "line_id": entry.must("resourceRequestId"),
        "kind": {"scheme": "urn:ucri2:resource-type", "code": kind, "label": entry.text("resourceName")} if kind else None,
        "quantity": 1.0,
    }


def answer(entry: Entry, setting: Any) -> Said:
    """An answer to one resource request."""
    local, status = entry.must("resourceRequestId"), entry.text("acknowledgementStatus")
    given = entry.take("acknowledgedResources")
    ids = [each.get("resourceId") for each in given if isinstance(each, dict)] if isinstance(given, list) else [entry.text("resourceId")]
    entry.claimed.discard(("acknowledgedResources",))
    step = (
        "Commit"
        if given
        else "Deployed"
        if "deployedAt" in entry.node
        else {"accepted": "Accept", "rejected": "Decline"}.get(status or "", "Unknown")
    )
    resources = [setting.shared_id("resource", each) for each in ids if isinstance(each, str) and each]
    record = {
        "request_id": setting.shared_id("request", local),
        "step": step,
        "at": entry.time("acknowledgedAt") or entry.time("deployedAt"),
        "from_agency": setting.owner,
        "comment": entry.text("comment"),
        "lines": [{"line_id": local, "resource_ids": resources}],
    }
    return done(entry, ResourceRequest, record, "Response")


def catalogue(entry: Entry, setting: Any) -> Said:
    """A catalogue of codes."""
    codes = [Entry(entry.name, each, f"catalogue/{index}") for index, each in enumerate(entry.node["catalogue"])]
    record = {
        "resource_id": setting.shared_id("resource", f"catalogue-{entry.must('catalogueVersion')}"),
        "owner": setting.owner,
        "kind": "Unknown",
        "types": [{"scheme": "urn:ucri2:message", "code": "catalogue"}],
        "sharing": "Unknown",
        "capabilities": [{"code": {"scheme": CLASSES, "code": each.must("abbreviation"), "label": each.text("description")}} for each in codes],
    }
    return done(entry, Resource, record, "Response")
