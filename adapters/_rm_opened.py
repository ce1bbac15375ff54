"""A message of EDXL-RM as it is opened: the words that both ways share, and what is gathered while it is read."""

from adapters._ciq import Tree
from adapters._rm import MESSAGES, TYPES
from bridge import Adapter, Lenient, native, xml

ANSWER, NAMED, FUNCTION = (f"{TYPES}:{name}" for name in ("ResponseType", "Name", "AnticipatedFunction"))
CREDENTIALS, CERTIFICATIONS = f"{TYPES}:Credentials", f"{TYPES}:Certifications"
UNIT = "urn:unece:rec20"
FILLER = "-"
MEDIA = {"Telephone": "tel", "Cellphone": "tel", "Fax": "fax", "Pager": "pager", "VOIP": "voip", "EMAIL": "email", "URL": "web", "SIP": "sip"}
TIMES = {"needed_by": "RequestedArrival", "eta": "EstimatedArrival", "return_by": "EstimatedReturnArrival"}
AVAILABLE = {
    word.lower().replace(" ", ""): symbol
    for symbol, words in {
        "Available": ("Available", "Ready"),
        "Reserved": ("Reserved",),
        "Committed": ("Committed", "Assigned", "Deployed"),
        "EnRoute": ("En Route", "In Transit"),
        "OnScene": ("On Scene", "Arrived"),
        "Returning": ("Returning", "Demobilizing", "Demobilising"),
        "Maintenance": ("Maintenance", "Out of service"),
        "Unavailable": ("Unavailable", "Not available"),
    }.items()
    for word in words
}
MADE = "urn:regionbus:message:"
"""Before an id that we had to make."""
RADIO = native.pack({"ValueListURN": "urn:regionbus:radio", "Value": FILLER})


def default(step: str) -> str:
    """What a line without a reason of its own answers."""
    return step if step in ("Decline", "Provisional") else "Accept"


def step_of(verb: str, types: list[str]) -> str:
    """What an answer means as a whole; lines may be answered differently."""
    kinds = set(types)
    if verb == "ResponseToRequestResource" and len(kinds) > 1:
        return "Partial"
    if MESSAGES[verb].answers and kinds in ({"Decline"}, {"Provisional"}):
        return kinds.pop()
    return MESSAGES[verb].step


def derived(line: str, count: int) -> str:
    """The id of the line that is the so-and-so-manieth answer to one."""
    return line if count == 1 else f"{line}#{count}"


class Opened(Lenient):
    """One message being read, and what its lines have told so far."""

    def __init__(self, adapter: Adapter, root: xml.Element, prefix: str) -> None:
        """``prefix`` is where the message stands in its document."""
        super().__init__(adapter.name, prefix, getattr(adapter, "zone", None))
        self.adapter, self.root, self.verb = adapter, root, xml.name(root)
        self.message = MESSAGES[self.verb]
        self.own = ""
        self.lines: list[Tree] = []
        self.types: list[str] = []
        self.answered: list[tuple[str, Tree | None] | None] = []
        self.schedules: list[list[Tree]] = []
        self.states: list[Tree] = []
        self.steps: list[str] = []
        self.counts: dict[str, int] = {}
        self.told: dict[str, list[tuple[str, str | None]]] = {"purpose": [], "reporting_instructions": [], "price": []}

    @property
    def priced(self) -> bool:
        """Whether the message is about a price."""
        return self.message.step in ("Offer", "Quote")
