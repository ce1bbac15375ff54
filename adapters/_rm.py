"""The sixteen messages of EDXL-RM 1.0: what each means, what it must hold and what it may, as their XSDs have it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from bridge import ContactRole, DistributionKind, RequestStep

Need = Literal["no", "may", "must"]
SPACE, TYPES = "urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg", "urn:oasis:names:tc:emergency:EDXL:RM:1.0"
SCHEDULES = (
    "RequestedArrival EstimatedArrival ActualArrival RequestedDeparture EstimatedDeparture ActualDeparture EstimatedReturnDeparture"
    " EstimatedReturnArrival ActualReturnArrival RequestedReturnDeparture RequestedReturnArrival ActualReturnDeparture"
    " BeginAvailable EndAvailable Committed Current ReportTo Route"
).split()
ASKED = "RequestedArrival RequestedDeparture EstimatedReturnDeparture EstimatedReturnArrival ReportTo Route"
QUOTED = f"{ASKED} EstimatedArrival EstimatedDeparture RequestedReturnDeparture RequestedReturnArrival BeginAvailable EndAvailable"
HEAD = tuple(
    "MessageID SentDateTime MessageContentType MessageDescription OriginatingMessageID PrecedingMessageID IncidentInformation MessageRecall"
    " Funding ContactInformation ResourceInformation".split()
)
CONTACT = ("ContactDescription", "ContactRole", "Radio", "ContactLocation", "AdditionalContactInformation")
LINE = ("ResourceInfoElementID", "ResponseInformation", "Resource", "AssignmentInformation", "ScheduleInformation")
RESPONSE = ("PrecedingResourceInfoElementID", "ResponseType", "ReasonCode", "ResponseReason")
RESOURCE = tuple(
    "ResourceID Name TypeStructure TypeInfo Keyword Description Credentials Certifications SpecialRequirements ResponsibleParty"
    " OwnershipInformation ResourceStatus".split()
)
OWNERSHIP = ("Owner", "OwningJurisdiction", "HomeDispatch", "HomeUnit")
STATUS = ("InventoryRefreshDateTime", "DeploymentStatus", "Availability")
ASSIGNMENT = ("Quantity", "Restrictions", "AnticipatedFunction", "PriceQuote", "OrderID", "AssignmentInstructions")
INSTRUCTIONS = ("ModeOfTransportation", "NavigationInstructions", "ReportingInstructions")
SCHEDULE = ("ScheduleType", "DateTime", "Location")
LISTED = {
    "": HEAD,
    "IncidentInformation/*/": ("IncidentID", "IncidentDescription"),
    "MessageRecall/": ("RecallMessageID", "RecallType"),
    "Funding/*/": ("FundCode", "FundingInfo"),
    "ContactInformation/*/": CONTACT,
    "ContactInformation/*/Radio/*/": ("RadioType", "RadioChannel"),
    "ResourceInformation/*/": LINE,
    "ResourceInformation/*/ResponseInformation/": RESPONSE,
    "ResourceInformation/*/Resource/": RESOURCE,
    "ResourceInformation/*/Resource/OwnershipInformation/": OWNERSHIP,
    "ResourceInformation/*/Resource/ResourceStatus/": STATUS,
    "ResourceInformation/*/AssignmentInformation/": ASSIGNMENT,
    "ResourceInformation/*/AssignmentInformation/AssignmentInstructions/": INSTRUCTIONS,
    "ResourceInformation/*/ScheduleInformation/*/": SCHEDULE,
}
KNOWN = frozenset(f"{above}{name}{many}" for above, names in LISTED.items() for name in names for many in ("", "/*"))
"""The path of every element of a message, with and without its place in a list."""
ANSWERS = ("Accept", "Decline", "Provisional")
ROLES: dict[str, ContactRole] = {
    **{role: role for role in get_args(ContactRole) if role not in ("Unknown", "Expert", "OnScene")},
    "SubjectMatterExpert": "Expert",
}


@dataclass(frozen=True)
class Message:
    """One kind of message. Where its lines' answers decide, ``step`` is what all of them accepted means."""

    step: RequestStep
    action: DistributionKind
    preceding: Need = "may"
    response: Need = "no"
    resource: Need = "must"
    funding: Need = "may"
    quantity: Need = "may"
    lines: bool = True
    """Whether it must have some."""
    without: str = ""
    """What of a line's elements it does not know."""
    only: str = " ".join(SCHEDULES)
    """The types of schedule that it knows."""
    schedules_without: str = ""

    @cached_property
    def schedules(self) -> frozenset[str]:
        """The types of schedule that it knows."""
        return frozenset(self.only.split()) - set(self.schedules_without.split())

    @cached_property
    def lacks(self) -> frozenset[str]:
        """Elements of a line that it does not know."""
        return frozenset(self.without.split())

    @property
    def addressed(self) -> ContactRole:
        """The role of whom it speaks to."""
        return "RespondingOrg" if self.action == "Request" or self.step == "Release" else "Requester"

    @property
    def answers(self) -> bool:
        """Whether its lines answer others, and what they name is what is committed."""
        return self.step in ("Accept", "Commit")


PLAIN = "ResponsibleParty OwnershipInformation ResourceStatus"
MESSAGES = {
    "RequestResource": Message("Request", "Request", "no", without=f"{PLAIN} PriceQuote OrderID AssignmentInstructions", only=ASKED),
    "ResponseToRequestResource": Message(
        "Accept", "Response", "must", "must", "may", without="OrderID", only=QUOTED, schedules_without="EstimatedReturnArrival"
    ),
    "OfferUnsolicitedResource": Message(
        "Offer",
        "Report",
        "no",
        funding="no",
        without="OrderID",
        only="EstimatedArrival EstimatedDeparture RequestedReturnDeparture RequestedReturnArrival BeginAvailable EndAvailable Route",
    ),
    "RequestInformation": Message("InfoRequest", "Request", resource="may", lines=False),
    "ResponseToRequestInformation": Message("InfoAnswer", "Response", "must", "may", "may", lines=False),
    "RequestQuote": Message("QuoteRequest", "Request", response="may", without="ResourceStatus PriceQuote OrderID", only=ASKED),
    "ResponseToRequestQuote": Message("Quote", "Response", "must", "must", "may", without="OrderID", only=QUOTED),
    "RequisitionResource": Message(
        "Requisition",
        "Request",
        funding="must",
        quantity="must",
        without="ResourceStatus OrderID",
        only=f"{ASKED} EstimatedArrival EstimatedDeparture",
    ),
    "CommitResource": Message(
        "Commit",
        "Response",
        "must",
        "must",
        "may",
        quantity="must",
        without="Availability",
        schedules_without="ActualArrival ActualReturnDeparture ActualReturnArrival",
    ),
    "ReleaseResource": Message(
        "Release", "Report", response="may", quantity="must", without="InventoryRefreshDateTime", schedules_without="ActualReturnArrival"
    ),
    "RequestResourceDeploymentStatus": Message("StatusRequest", "Request", without="ResourceStatus", schedules_without="Current"),
    "ReportResourceDeploymentStatus": Message("Status", "Report", response="may", resource="may"),
    "RequestExtendedDeploymentDuration": Message(
        "Extend",
        "Request",
        without="InventoryRefreshDateTime AssignmentInstructions",
        schedules_without="ActualReturnDeparture ActualReturnArrival BeginAvailable EndAvailable Current",
    ),
    "ResponseToRequestExtendedDeploymentDuration": Message(
        "ExtendAnswer",
        "Response",
        "must",
        "must",
        "may",
        without="InventoryRefreshDateTime",
        schedules_without="ActualReturnDeparture ActualReturnArrival BeginAvailable Current",
    ),
    "RequestReturn": Message(
        "ReturnRequest",
        "Request",
        without="InventoryRefreshDateTime",
        schedules_without="EstimatedReturnDeparture ActualReturnDeparture EstimatedReturnArrival ActualReturnArrival Current",
    ),
    "ResponseToRequestReturn": Message(
        "ReturnAnswer", "Response", "must", "must", "may", without="InventoryRefreshDateTime", schedules_without="ActualReturnArrival"
    ),
}
STEPS: dict[str, str] = {message.step: name for name, message in MESSAGES.items()}
WRITTEN: dict[str, str] = {
    **STEPS,
    **dict.fromkeys(("Partial", "Decline", "Provisional"), "ResponseToRequestResource"),
    **dict.fromkeys(("Deployed", "Arrived", "Returned"), "ReportResourceDeploymentStatus"),
    "Cancel": "RequestResource",
}
"""The message that says a step. What is deployed, arrived or returned is a report whose lines say so in their status."""
OURS = "urn:regionbus:request-step"
"""The list of deployment statuses that are steps."""
